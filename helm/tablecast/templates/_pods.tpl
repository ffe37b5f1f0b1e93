{{/* A pod's securityContext under Pod Security "restricted", as a project's own pods have it. */}}
{{- define "tablecast.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "tablecast.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* A value as an environment variable holds it: numbers whole, never as 1e+06; lists as JSON. */}}
{{- define "tablecast.text" -}}
{{- if kindIs "slice" . -}}
{{- toJson . -}}
{{- else if and (kindIs "float64" .) (eq (floor .) .) -}}
{{- printf "%d" (int64 .) -}}
{{- else -}}
{{- toString . -}}
{{- end -}}
{{- end -}}

{{- define "tablecast.databaseEnv" -}}
- name: TABLECAST_DATABASE
  valueFrom:
    secretKeyRef:
      name: {{ include "tablecast.databaseSecret" . }}
      key: {{ include "tablecast.databaseKey" . }}
{{- end -}}

{{- define "tablecast.serverEnv" -}}
{{ include "tablecast.databaseEnv" . }}
- name: TABLECAST_SECRET
  valueFrom:
    secretKeyRef:
      name: {{ include "tablecast.signingSecret" . }}
      key: {{ .Values.secret.existingSecret | empty | ternary "secret" .Values.secret.key }}
- {name: TABLECAST_CLUSTER, value: kubernetes}
- {name: TABLECAST_HOST, value: "0.0.0.0"}
- {name: TABLECAST_PORT, value: "8000"}
{{- if .Values.metrics.enabled }}
- {name: TABLECAST_METRICS_PORT, value: {{ .Values.metrics.port | quote }}}
{{- end }}
- name: TABLECAST_PUBLIC_URL
  value: {{ include "tablecast.publicUrl" . | quote }}
{{- range $name := list "server" "preprocess" "features" "train" "serve" }}
- name: TABLECAST_IMAGE_{{ upper $name }}
  value: {{ index $.Values.images $name | quote }}
{{- end }}
{{- if .Values.jwks.configMap }}
- {name: TABLECAST_JWKS_FILE, value: /etc/tablecast/jwks.json}
{{- end }}
{{- range $name, $value := omit .Values.settings "public_url" }}
- name: TABLECAST_{{ upper $name }}
  value: {{ include "tablecast.text" $value | quote }}
{{- end }}
{{- range $name, $value := .Values.limits }}
- name: TABLECAST_LIMIT_{{ upper $name }}
  value: {{ include "tablecast.text" $value | quote }}
{{- end }}
{{- end -}}

{{/* What a pod of the server's image has alike, whatever it runs. */}}
{{- define "tablecast.pod" -}}
# a Service called tablecast would otherwise put its own TABLECAST_PORT into the environment
enableServiceLinks: false
securityContext:
  {{- include "tablecast.podSecurity" 1000 | nindent 2 }}
{{- with .Values.images.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "tablecast.container" -}}
image: {{ .Values.images.server | quote }}
imagePullPolicy: {{ .Values.images.pullPolicy }}
securityContext:
  {{- include "tablecast.containerSecurity" . | nindent 2 }}
{{- end -}}
