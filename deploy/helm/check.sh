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

# What the chart makes of the brokers and these values. Ends with other than 0 where it refuses them.
render() { helm template news streamner --set settings.Kafka.BootstrapServers=broker:9092 "$@" 2> /dev/null; }
if render --set replica=2 > /dev/null; then echo "an unknown value was taken"; exit 1; fi
if render --set settings.Pipeline.DrainTimeout=00:01:00 > /dev/null; then echo "a drain was taken that no grace period follows"; exit 1; fi
if render --set settings.Web.Url=http://0.0.0.0:9000 > /dev/null; then echo "a port was taken that no probe asks"; exit 1; fi
if render --set 'env[0].name=STREAMNER__Web__Url' --set 'env[0].value=http://0.0.0.0:8080' > /dev/null; then echo "an address was taken twice"; exit 1; fi
render --set settings.Web.Url=https://0.0.0.0:8080 | grep -F 'value: "https://0.0.0.0:8080"' > /dev/null || { echo "the image's address is left"; exit 1; }
if render | grep -F 'metadata.name: monitoring' > /dev/null; then echo "another namespace is let in for nothing"; exit 1; fi
render --set monitoring.enabled=true | grep -F 'metadata.name: monitoring' > /dev/null || { echo "Prometheus is kept out"; exit 1; }
render --set monitoring.enabled=true | grep -F 'podSelector: {}' > /dev/null || { echo "pods of the namespace are kept out"; exit 1; }
if helm template news streamner --values everything.yaml 2> /dev/null | grep -F '"1e+06"' > /dev/null; then echo "a number is not written as one"; exit 1; fi
