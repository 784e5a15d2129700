{{- /* A pod: of the whole service, or of one part of it. Takes the root, and the part: "" is what reads documents, "inference" what has
devices for it. */ -}}
{{- define "streamner.pod" -}}
{{- $part := .part }}
{{- $hasDevices := or (eq .part "inference") (not .root.Values.pool.enabled) }}
{{- $engines := and $hasDevices (gt (int .root.Values.gpu.count) 0) (eq .root.Values.gpu.kind "TensorRt") }}
{{- $placement := ternary .root.Values.pool .root.Values (eq .part "inference") }}
{{- $ := .root }}
metadata:
  labels:
    {{- include "streamner.labels" (dict "root" $ "part" $part) | nindent 4 }}
    {{- with $.Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    checksum/settings: {{ include "streamner.settings" $ | sha256sum }}
    {{- with $.Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "streamner.serviceAccount" $ }}
  automountServiceAccountToken: false
  terminationGracePeriodSeconds: {{ add (int $.Values.drainSeconds) 40 }}
  {{- with $.Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 1654
    runAsGroup: 1654
    fsGroup: 1654
    seccompProfile:
      type: RuntimeDefault
  {{- if $.Values.model.pull }}
  initContainers:
    - name: model
      image: {{ include "streamner.image" (dict "root" $ "devices" $hasDevices) }}
      imagePullPolicy: {{ $.Values.image.pullPolicy }}
      args:
        - models
        - pull
        - {{ $.Values.model.pull | quote }}
        - --revision={{ $.Values.model.revision }}
        - --dir=/models
        - --as=model
        {{- with $.Values.model.file }}
        - --file={{ . }}
        {{- end }}
        {{- with $.Values.model.endpoint }}
        - --endpoint={{ . }}
        {{- end }}
      {{- with $.Values.env }}
      env:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $.Values.secrets }}
      envFrom:
        {{- range . }}
        - secretRef:
            name: {{ . }}
        {{- end }}
      {{- end }}
      securityContext:
        {{- include "streamner.containerSecurity" $ | nindent 8 }}
      volumeMounts:
        - name: models
          mountPath: /models
        - name: tmp
          mountPath: /tmp
  {{- end }}
  containers:
    - name: streamner
      image: {{ include "streamner.image" (dict "root" $ "devices" $hasDevices) }}
      imagePullPolicy: {{ $.Values.image.pullPolicy }}
      args: [run, --config, /etc/streamner/settings.json]
      env:
        # The image sets it too, and a variable beats the settings: so it says what they say.
        - name: STREAMNER__Web__Url
          value: {{ include "streamner.url" $ | quote }}
        {{- with $.Values.env }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        {{- if $.Values.pool.enabled }}
        - name: NODE_NAME
          valueFrom: { fieldRef: { fieldPath: {{ ternary "metadata.name" "status.podIP" (eq $part "") }} } }
        - name: STREAMNER__Cluster__PublicHost
          value: {{ if $part }}$(NODE_NAME){{ else }}$(NODE_NAME).{{ include "streamner.nodes" $ }}{{ end }}
        - name: STREAMNER__Cluster__Roles
          value: {{ ternary "stream" "inference" (eq $part "") }}
        {{- end }}
      {{- with $.Values.secrets }}
      envFrom:
        {{- range . }}
        - secretRef:
            name: {{ . }}
        {{- end }}
      {{- end }}
      ports:
        - name: http
          containerPort: 8080
        {{- if $.Values.pool.enabled }}
        - name: nodes
          containerPort: 4053
        {{- end }}
      # Until the models' files are read; only then is it asked whether it lives. Lanes load later, within Recognition:LoadTimeout.
      startupProbe:
        httpGet: { path: /health/live, port: http, scheme: {{ include "streamner.scheme" $ }} }
        periodSeconds: 2
        failureThreshold: 300
      livenessProbe:
        httpGet: { path: /health/live, port: http, scheme: {{ include "streamner.scheme" $ }} }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: /health/ready, port: http, scheme: {{ include "streamner.scheme" $ }} }
        periodSeconds: 5
        timeoutSeconds: 5
      resources:
        requests:
          {{- toYaml ($placement.resources.requests | default dict) | nindent 10 }}
        limits:
          {{- $limits := deepCopy ($placement.resources.limits | default dict) }}
          {{- if and $hasDevices (gt (int $.Values.gpu.count) 0) }}{{ $_ := set $limits "nvidia.com/gpu" (int $.Values.gpu.count) }}{{ end }}
          {{- toYaml $limits | nindent 10 }}
      securityContext:
        {{- include "streamner.containerSecurity" $ | nindent 8 }}
      volumeMounts:
        - name: settings
          mountPath: /etc/streamner
          readOnly: true
        - name: tmp
          mountPath: /tmp
        {{- if $.Values.model.pull }}
        - name: models
          mountPath: /models
          readOnly: true
        {{- end }}
        {{- if $engines }}
        - name: engines
          mountPath: /engines
        {{- end }}
        {{- if and $.Values.pool.enabled $.Values.pool.certificate }}
        - name: node-certificate
          mountPath: /etc/streamner-node
          readOnly: true
        {{- end }}
        {{- with $.Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: settings
      configMap:
        name: {{ include "streamner.name" $ }}
    - name: tmp
      emptyDir: {}
    {{- if $.Values.model.pull }}
    - name: models
      emptyDir: {}
    {{- end }}
    {{- if $engines }}
    - name: engines
      {{- if $.Values.gpu.engineCache }}
      persistentVolumeClaim:
        claimName: {{ $.Values.gpu.engineCache }}
      {{- else }}
      emptyDir: {}
      {{- end }}
    {{- end }}
    {{- if and $.Values.pool.enabled $.Values.pool.certificate }}
    - name: node-certificate
      secret:
        secretName: {{ $.Values.pool.certificate }}
    {{- end }}
    {{- with $.Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with $placement.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $placement.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $placement.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $placement.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
