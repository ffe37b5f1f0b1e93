{{/* The name that every object of the release begins with. */}}
{{- define "tablecast.fullname" -}}
{{- if contains "tablecast" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-tablecast" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "tablecast.account" -}}
{{- .Values.serviceAccount.name | default (.Values.serviceAccount.create | ternary (include "tablecast.fullname" .) "default") -}}
{{- end -}}

{{- define "tablecast.signingSecret" -}}
{{- .Values.secret.existingSecret | default (printf "%s-signing" (include "tablecast.fullname" .)) -}}
{{- end -}}

{{- define "tablecast.databaseSecret" -}}
{{- if .Values.mariadb.enabled -}}
{{- include "tablecast.fullname" . -}}-mariadb
{{- else -}}
{{- .Values.database.existingSecret -}}
{{- end -}}
{{- end -}}

{{- define "tablecast.databaseKey" -}}
{{- .Values.mariadb.enabled | ternary "url" .Values.database.key -}}
{{- end -}}

{{/* Where people reach the API, unless settings.public_url says it. */}}
{{- define "tablecast.publicUrl" -}}
{{- if .Values.settings.public_url -}}
{{- .Values.settings.public_url -}}
{{- else if .Values.ingress.enabled -}}
{{- printf "%s://%s" (.Values.ingress.tlsSecret | empty | ternary "http" "https") .Values.ingress.host -}}
{{- else -}}
{{- $port := int .Values.service.port | eq 80 | ternary "" (printf ":%d" (int .Values.service.port)) -}}
{{- printf "http://%s.%s.svc%s" (include "tablecast.fullname" .) .Release.Namespace $port -}}
{{- end -}}
{{- end -}}

{{/* Labels that select: called with (list . "name of what runs"). Projects' network policies let in pods
that are called "tablecast": the servers are, and nothing else of this chart may be. */}}
{{- define "tablecast.selector" -}}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
{{- end -}}

{{- define "tablecast.labels" -}}
{{ include "tablecast.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/part-of: tablecast
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ printf "%s-%s" (index . 0).Chart.Name (index . 0).Chart.Version }}
{{- end -}}

{{/* What values cannot be together: said with the names of the values, before anything is made. */}}
{{- define "tablecast.check" -}}
{{- $labels := (lookup "v1" "Namespace" "" .Release.Namespace).metadata | default dict -}}
{{- if hasKey ($labels.labels | default dict) "tablecast.dev/managed" -}}
{{- fail (printf "the namespace %s is a project's (label tablecast.dev/managed): install into another one" .Release.Namespace) -}}
{{- end -}}
{{- if and .Values.mariadb.enabled .Values.database.existingSecret -}}
{{- fail "database.existingSecret and mariadb.enabled name two databases: set one of them" -}}
{{- end -}}
{{- if not (or .Values.mariadb.enabled .Values.database.existingSecret) -}}
{{- fail "there is no database: set database.existingSecret to a Secret with a URL like mysql://USER:PASSWORD@HOST:3306/NAME, or mariadb.enabled=true to try out" -}}
{{- end -}}
{{- if and (eq (int .Values.metrics.port) 8000) .Values.metrics.enabled -}}
{{- fail "metrics.port is the API's own, 8000: the public would reach it" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.host) -}}
{{- fail "ingress.enabled needs ingress.host, the name that people reach the API at" -}}
{{- end -}}
{{- end -}}
