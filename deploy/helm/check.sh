#!/usr/bin/env bash
# Renders the chart with helm: the least that it takes, and everything switched on. Exit code 77 where helm is not to be had.
set -euo pipefail
cd "$(dirname "$0")"
command -v helm > /dev/null || { echo "helm is not there: the chart is not rendered"; exit 77; }
helm lint --strict streamner --set settings.Kafka.BootstrapServers=broker:9092
helm template news streamner --set settings.Kafka.BootstrapServers=broker:9092 > /dev/null
helm template news streamner --values everything.yaml > /dev/null
helm template news streamner --values everything.yaml --set gpu.kind=Cuda --set gpu.engineCache= > /dev/null
if helm template news streamner 2> /dev/null > /dev/null; then echo "a chart without brokers was rendered"; exit 1; fi
if helm template news streamner --set settings.Kafka.BootstrapServers=broker:9092 --set replica=2 2> /dev/null > /dev/null; then echo "an unknown value was taken"; exit 1; fi
