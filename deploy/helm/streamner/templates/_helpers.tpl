{{- define "streamner.name" -}}
{{- if contains "streamner" .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-streamner" .Release.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "streamner.selector" -}}
app.kubernetes.io/name: streamner
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "streamner.labels" -}}
{{ include "streamner.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "streamner.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "streamner.name" .) }}
{{- end }}

{{- define "streamner.image" -}}
{{- $gpu := gt (int .Values.gpu.count) 0 -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default (printf "%s%s" .Chart.AppVersion (ternary "-gpu" "" $gpu)) }}
{{- end }}

{{- /* The settings as JSON: what a pod needs, and what the values say over it. */ -}}
{{- define "streamner.settings" -}}
{{- if not (dig "Kafka" "BootstrapServers" "" .Values.settings) }}{{ fail "settings.Kafka.BootstrapServers is empty: say where Kafka is, as in broker:9092" }}{{ end }}
{{- $web := dict "Url" "http://0.0.0.0:8080" -}}
{{- $pipeline := dict "DrainTimeout" (include "streamner.time" .Values.drainSeconds) -}}
{{- $base := dict "Web" $web "Pipeline" $pipeline "Logging" (dict "Format" "Json") -}}
{{- if gt (int .Values.gpu.count) 0 }}
{{- $devices := list -}}
{{- range $id := until (int .Values.gpu.count) }}{{ $devices = append $devices (dict "Kind" "Cuda" "Id" $id "Lanes" (int $.Values.gpu.lanes)) }}{{ end }}
{{- $_ := set $base "Devices" $devices }}
{{- end }}
{{- if .Values.model.pull }}{{ $_ := set $base "Model" (dict "Path" "/models/model") }}{{ end }}
{{- dict "StreamNer" (mergeOverwrite $base (deepCopy .Values.settings)) | toPrettyJson }}
{{- end }}

{{- /* Seconds as hours:minutes:seconds. */ -}}
{{- define "streamner.time" -}}
{{ printf "%02d:%02d:%02d" (div (int .) 3600) (mod (div (int .) 60) 60) (mod (int .) 60) }}
{{- end }}

{{- define "streamner.scheme" -}}
{{ ternary "HTTPS" "HTTP" (hasPrefix "https:" (dig "Web" "Url" "http:" .Values.settings)) }}
{{- end }}

{{- define "streamner.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
