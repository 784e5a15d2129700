# The service in one image. docker build -t streamner .
# For NVIDIA GPUs: docker build -t streamner:gpu --build-arg ONNXRUNTIME=Gpu .
# With TensorRT besides: --build-arg TENSORRT=10.14.1.48-1+cuda13.0
ARG ONNXRUNTIME=Cpu
# The version of CUDA that Microsoft.ML.OnnxRuntime.Gpu is linked against, with cuDNN 9.
ARG CUDA=nvidia/cuda:13.0.2-cudnn-runtime-ubuntu24.04
# Version of NVIDIA's packages of TensorRT, a 10 for CUDA 13 (apt-cache madison libnvinfer10 lists them); empty brings none.
ARG TENSORRT=

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG ONNXRUNTIME=Cpu
WORKDIR /source

# Projects first: packages are restored again only when these change.
COPY global.json Directory.*.props Directory.*.targets ./
COPY src/Directory.Build.props src/
COPY src/Inference/*.csproj src/Inference/
COPY src/Actors/*.csproj src/Actors/
COPY src/Streams/*.csproj src/Streams/
COPY src/Host/*.csproj src/Host/
COPY src/Tools/*.csproj src/Tools/
COPY src/EmbeddedBroker/*.csproj src/EmbeddedBroker/
COPY src/Cli/*.csproj src/Cli/
RUN dotnet restore src/Cli/StreamNer.Cli.csproj -p:OnnxRuntime=${ONNXRUNTIME}

COPY .editorconfig ./
COPY src src
COPY config config
COPY models models
RUN dotnet publish src/Cli/StreamNer.Cli.csproj -c Release --no-restore -p:OnnxRuntime=${ONNXRUNTIME} -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS runtime-Cpu

# The same runtime on an image that has the CUDA libraries the GPU package of ONNX Runtime loads.
FROM ${CUDA} AS runtime-Gpu
ARG TENSORRT
# The image of CUDA knows NVIDIA's repository. All three in one version: apt would take the newest of one that is not named.
RUN if [ -n "${TENSORRT}" ]; then \
      apt-get update && \
      apt-get install -y --no-install-recommends \
        "libnvinfer10=${TENSORRT}" "libnvinfer-plugin10=${TENSORRT}" "libnvonnxparsers10=${TENSORRT}" && \
      rm -rf /var/lib/apt/lists/*; \
    fi
COPY --from=runtime-Cpu /usr/share/dotnet /usr/share/dotnet
ENV PATH=/usr/share/dotnet:${PATH} \
    APP_UID=1654
RUN useradd --uid ${APP_UID} --create-home app

FROM runtime-${ONNXRUNTIME}
WORKDIR /app
COPY --from=build /app .

# Every interface of the container; what leaves the machine is decided by the ports that are published. A variable beats a settings file:
# another address is set here too (docker run -e), as the Helm chart does.
ENV STREAMNER__Web__Url=http://0.0.0.0:8080 \
    DOTNET_EnableDiagnostics=0 \
    ORT_DISABLE_TELEMETRY=1
EXPOSE 8080
USER $APP_UID

# The image has neither curl nor wget; bash speaks HTTP well enough for this, but not HTTPS: with such an address, --no-healthcheck.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health/live HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]

ENTRYPOINT ["dotnet", "streamner.dll"]
CMD ["run"]
