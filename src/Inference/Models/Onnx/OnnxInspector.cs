using System.Collections.Immutable;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace StreamNer.Inference.Models.Onnx;

/// <summary>Reads what an ONNX graph takes and gives, and says what we can't feed or read.</summary>
internal static class OnnxInspector
{
    private static readonly Dictionary<string, InputRole> Roles = new(StringComparer.Ordinal)
    {
        ["input_ids"] = InputRole.Ids,
        ["attention_mask"] = InputRole.Mask,
        ["token_type_ids"] = InputRole.Types,
        ["position_ids"] = InputRole.Positions,
        ["global_attention_mask"] = InputRole.Global,
    };

    /// <summary>Inspects a file.</summary>
    /// <param name="path">Path of the ONNX file.</param>
    /// <param name="problems">Receives every problem found.</param>
    /// <returns>The signature, or null when the graph can't be used.</returns>
    public static GraphSignature? Inspect(string path, ICollection<string> problems)
    {
        try
        {
            using var options = new SessionOptions
            {
                GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
                EnableCpuMemArena = false,
                IntraOpNumThreads = 1,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            };
            options.AddSessionConfigEntry("session.disable_prepacking", "1");
            using var session = new InferenceSession(path, options);
            return Read(path, session, problems);
        }
        catch (OnnxRuntimeException e)
        {
            problems.Add($"{path} can't be read as an ONNX model: {FirstLine(e.Message)}");
            return null;
        }
    }

    private static GraphSignature? Read(string path, InferenceSession session, ICollection<string> problems)
    {
        var before = problems.Count;
        var inputs = ImmutableArray.CreateBuilder<GraphInput>();
        foreach (var (name, input) in session.InputMetadata)
        {
            if (!Roles.TryGetValue(name, out var role))
                problems.Add($"{path}: input '{name}' is none of {string.Join(", ", Roles.Keys)}");
            else if (input.ElementDataType is not (TensorElementType.Int64 or TensorElementType.Int32))
                problems.Add($"{path}: input '{name}' wants {input.ElementDataType}, it must be int64 or int32");
            else if (input.Dimensions.Length != 2)
                problems.Add($"{path}: input '{name}' has {input.Dimensions.Length} dimensions, it must have 2: [batch, sequence]");
            else if (Array.Exists(input.Dimensions, dimension => dimension > 0))
                problems.Add($"{path}: input '{name}' has the fixed shape [{string.Join(", ", input.Dimensions)}], batch and sequence must be dynamic axes");
            else
                inputs.Add(new GraphInput(name, role, input.ElementDataType == TensorElementType.Int32));
        }

        foreach (var needed in (string[])["input_ids", "attention_mask"])
        {
            if (!session.InputMetadata.ContainsKey(needed))
                problems.Add($"{path}: input '{needed}' is missing");
        }

        var output = session.OutputMetadata.ContainsKey("logits") ? "logits" : session.OutputMetadata.Keys.First();
        var logits = session.OutputMetadata[output];
        if (logits.ElementDataType is not (TensorElementType.Float or TensorElementType.Float16))
            problems.Add($"{path}: output '{output}' gives {logits.ElementDataType}, it must be float32 or float16");
        if (logits.Dimensions.Length != 3)
            problems.Add($"{path}: output '{output}' has {logits.Dimensions.Length} dimensions, a token-classification head gives 3: [batch, sequence, labels]");
        if (problems.Count > before)
            return null;

        var labels = logits.Dimensions[2];
        return new GraphSignature(inputs.ToImmutable(), output, logits.ElementDataType == TensorElementType.Float16, labels > 0 ? labels : null);
    }

    internal static string FirstLine(string message)
    {
        var end = message.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? message : message[..end];
    }
}
