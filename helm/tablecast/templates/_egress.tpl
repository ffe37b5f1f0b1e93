{{- define "tablecast.toDns" -}}
# 5353 is where some distributions' DNS pods listen; the address is the node's own cache
- to:
    - namespaceSelector: {}
    - ipBlock: {cidr: 169.254.20.10/32}
  ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
    - {protocol: UDP, port: 5353}
    - {protocol: TCP, port: 5353}
{{- end -}}
{{/* The TCP port that a URL leads to. */}}
{{- define "tablecast.portOf" -}}
{{- $url := urlParse . -}}
{{- regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (eq $url.scheme "https" | ternary "443" "80") -}}
{{- end -}}
{{- define "tablecast.toDatabase" -}}
{{- if .Values.mariadb.enabled }}
- to:
    - podSelector:
        matchLabels:
          {{- include "tablecast.selector" (list . "mariadb") | nindent 10 }}
  ports:
    - {protocol: TCP, port: 3306}
{{- else }}
- ports:
    - {protocol: TCP, port: {{ .Values.database.port }}}
  {{- with .Values.networkPolicy.databaseCidrs }}
  to:
    {{- range . }}
    - ipBlock: {cidr: {{ . }}}
    {{- end }}
  {{- end }}
{{- end }}
{{- end -}}
