{{- define "streamner.name" -}}
{{- if contains "streamner" .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-streamner" .Release.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- /* Takes the root, and the part whose pods are meant: see _pod.tpl. */ -}}
{{- define "streamner.selector" -}}
app.kubernetes.io/name: streamner{{ with .part }}-{{ . }}{{ end }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{- define "streamner.labels" -}}
{{ include "streamner.selector" . }}
app.kubernetes.io/part-of: streamner
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- /* Selects all pods of the release. */ -}}
{{- define "streamner.pods" -}}
matchLabels:
  app.kubernetes.io/instance: {{ .Release.Name }}
matchExpressions:
  - { key: app.kubernetes.io/name, operator: In, values: [streamner, streamner-inference] }
{{- end }}

{{- /* Under which name pods that read documents are found; theirs stands before it. */ -}}
{{- define "streamner.nodes" -}}
{{ include "streamner.name" . }}-nodes.{{ .Release.Namespace }}.svc
{{- end }}

{{- define "streamner.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "streamner.name" .) }}
{{- end }}

{{- define "streamner.image" -}}
{{- $gpu := and .devices (gt (int .root.Values.gpu.count) 0) -}}
{{ .root.Values.image.repository }}:{{ .root.Values.image.tag | default (printf "%s%s" .root.Chart.AppVersion (ternary "-gpu" "" $gpu)) }}
{{- end }}

{{- /* The settings as JSON: what a pod needs, and what the values say over it. */ -}}
{{- define "streamner.settings" -}}
{{- if not (dig "Kafka" "BootstrapServers" "" .Values.settings) }}{{ fail "settings.Kafka.BootstrapServers is empty: say where Kafka is, as in broker:9092" }}{{ end }}
{{- if hasKey (dig "Pipeline" (dict) .Values.settings) "DrainTimeout" }}{{ fail "settings.Pipeline.DrainTimeout is set, but the pod's grace period follows drainSeconds: set drainSeconds instead" }}{{ end }}
{{- $known := dict "streamner__web__url" "settings.Web.Url" "streamner__pipeline__draintimeout" "drainSeconds" -}}
{{- range $variable := .Values.env }}
{{- with get $known (lower $variable.name) }}{{ fail (printf "env has %s, of which the chart must know: set %s instead" $variable.name .) }}{{ end }}
{{- end }}
{{- $web := dict "Url" (include "streamner.url" .) -}}
{{- $pipeline := dict "DrainTimeout" (include "streamner.time" .Values.drainSeconds) -}}
{{- $base := dict "Web" $web "Pipeline" $pipeline "Logging" (dict "Format" "Json") -}}
{{- if gt (int .Values.gpu.count) 0 }}
{{- $tensorRt := eq .Values.gpu.kind "TensorRt" -}}
{{- if and .Values.gpu.engineCache (not $tensorRt) }}{{ fail "gpu.engineCache is set, but only TensorRt has engines: set gpu.kind to TensorRt" }}{{ end }}
{{- $devices := list -}}
{{- range $id := until (int .Values.gpu.count) }}
{{- $device := dict "Kind" $.Values.gpu.kind "Id" $id "Lanes" (int $.Values.gpu.lanes) }}
{{- if $tensorRt }}{{ $_ := set $device "EngineCache" "/engines" }}{{ $_ := set $device "HalfPrecision" $.Values.gpu.halfPrecision }}{{ end }}
{{- $devices = append $devices $device }}
{{- end }}
{{- $_ := set $base "Devices" $devices }}
{{- /* An engine that is not ready by then is lost, and the next try begins anew; lanes and pods that share engines wait for the first. */ -}}
{{- if $tensorRt }}{{ $_ := set $base "Recognition" (dict "LoadTimeout" "00:30:00") }}{{ end }}
{{- end }}
{{- if .Values.pool.enabled }}
{{- $seeds := list -}}
{{- $pods := ternary .Values.autoscaling.maxReplicas .Values.replicas .Values.autoscaling.enabled | int -}}
{{- range $i := until (min 3 $pods | int) }}{{ $seeds = append $seeds (printf "%s-%d.%s:4053" (include "streamner.name" $) $i (include "streamner.nodes" $)) }}{{ end }}
{{- $cluster := dict "Enabled" true "Host" "0.0.0.0" "Port" 4053 "Seeds" $seeds -}}
{{- if .Values.pool.certificate }}
{{- $_ := set $cluster "Certificate" (dict "Path" "/etc/streamner-node/tls.crt" "KeyPath" "/etc/streamner-node/tls.key" "Issuer" "/etc/streamner-node/ca.crt") }}
{{- end }}
{{- $_ := set $base "Cluster" $cluster }}
{{- end }}
{{- if .Values.model.pull }}{{ $_ := set $base "Model" (dict "Path" "/models/model") }}{{ end }}
{{- dict "StreamNer" (mergeOverwrite $base (deepCopy .Values.settings)) | toPrettyJson }}
{{- end }}

{{- /* Seconds as hours:minutes:seconds. */ -}}
{{- define "streamner.time" -}}
{{ printf "%02d:%02d:%02d" (div (int .) 3600) (mod (div (int .) 60) 60) (mod (int .) 60) }}
{{- end }}

{{- define "streamner.url" -}}
{{ dig "Web" "Url" "http://0.0.0.0:8080" .Values.settings }}
{{- end }}

{{- define "streamner.scheme" -}}
{{ ternary "HTTPS" "HTTP" (hasPrefix "https:" (include "streamner.url" .)) }}
{{- end }}

{{- define "streamner.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
