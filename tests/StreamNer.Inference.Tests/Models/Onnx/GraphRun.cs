using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using StreamNer.Inference.Models.Onnx;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Models.Onnx;

/// <summary>Runs a graph with the runtime.</summary>
internal static class GraphRun
{
    /// <summary>The first output, float32.</summary>
    public static float[] Run(GraphBuilder graph, params (string Name, OrtValue Value)[] inputs)
    {
        OnnxEnvironment.Ensure();
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, IntraOpNumThreads = 1 };
        using var session = new InferenceSession(graph.Model.ToByteArray(), options);
        using var run = new RunOptions();
        using var outputs = session.Run(
            run, [.. inputs.Select(input => input.Name)], [.. inputs.Select(input => input.Value)], [session.OutputNames[0]]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    public static OrtValue Floats(float[] values, params long[] shape) => OrtValue.CreateTensorValueFromMemory(values, shape);

    public static OrtValue Whole(long[] values, params long[] shape) => OrtValue.CreateTensorValueFromMemory(values, shape);
}
