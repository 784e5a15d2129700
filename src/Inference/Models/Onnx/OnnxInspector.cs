using System.Collections.Immutable;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Files;

namespace StreamNer.Inference.Models.Onnx;

/// <summary>Reads what an ONNX graph takes and gives, and says what we can't feed or read.</summary>
internal static class OnnxInspector
{
    private const int MostFilesBeside = 1000;

    private static readonly Dictionary<string, InputRole> Roles = new(StringComparer.Ordinal)
    {
        ["input_ids"] = InputRole.Ids,
        ["attention_mask"] = InputRole.Mask,
        ["token_type_ids"] = InputRole.Types,
        ["input_mask"] = InputRole.Mask,
        ["segment_ids"] = InputRole.Types,
        ["input_word_ids"] = InputRole.Ids,
        ["input_type_ids"] = InputRole.Types,
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
            if (LfsPointer.Is(path))
            {
                problems.Add(LfsPointer.Problem(path, "model"));
                return null;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path}: can't be read: {exception.Message}");
            return null;
        }

        OnnxEnvironment.Ensure();
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
            problems.Add(PointerBeside(path) is { } weights
                ? LfsPointer.Problem(weights, "weights")
                : $"{path} can't be read as an ONNX model: {FirstLine(e.Message)}");
            return null;
        }
    }

    /// <summary>A pointer in the same folder: it may stand in the place of weights that the model keeps in a file of their own.</summary>
    private static string? PointerBeside(string path)
    {
        try
        {
            return Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(path))!).Take(MostFilesBeside)
                .FirstOrDefault(LfsPointer.Is);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static GraphSignature? Read(string path, InferenceSession session, ICollection<string> problems)
    {
        var before = problems.Count;
        var inputs = ImmutableArray.CreateBuilder<GraphInput>();
        foreach (var (name, input) in session.InputMetadata)
        {
            // TensorFlow's names end with the number of an output.
            if (!Roles.TryGetValue(name.EndsWith(":0", StringComparison.Ordinal) ? name[..^2] : name, out var role))
                problems.Add($"{path}: input '{name}' is none of {string.Join(", ", Roles.Keys)}");
            else if (input.ElementDataType is not (TensorElementType.Int64 or TensorElementType.Int32))
                problems.Add($"{path}: input '{name}' wants {input.ElementDataType}, it must be int64 or int32");
            else if (input.Dimensions.Length != 2)
                problems.Add($"{path}: input '{name}' has {input.Dimensions.Length} dimensions, it must have 2: [batch, sequence]");
            else
                inputs.Add(new GraphInput(name, role, input.ElementDataType == TensorElementType.Int32));
        }

        if (problems.Count == before && !inputs.Any(input => input.Role == InputRole.Ids))
            problems.Add($"{path}: input 'input_ids' is missing, the graph has {string.Join(", ", session.InputMetadata.Keys)}");

        if (session.OutputMetadata.Count == 0)
        {
            problems.Add($"{path}: the graph has no output, a token-classification head gives one, 'logits'; export the model again");
            return null;
        }

        var output = session.OutputMetadata.ContainsKey("logits") ? "logits" : session.OutputMetadata.Keys.First();
        var logits = session.OutputMetadata[output];
        if (logits.ElementDataType is not (TensorElementType.Float or TensorElementType.Float16))
            problems.Add($"{path}: output '{output}' gives {logits.ElementDataType}, it must be float32 or float16");
        if (logits.Dimensions.Length != 3)
        {
            problems.Add($"{path}: output '{output}' has {logits.Dimensions.Length} dimensions, "
                + "a token-classification head gives 3: [batch, sequence, labels]");
        }

        if (problems.Count > before)
            return null;

        var labels = logits.Dimensions[2];
        var isHalf = logits.ElementDataType == TensorElementType.Float16;
        return new GraphSignature(inputs.ToImmutable(), output, isHalf, labels > 0 ? labels : null)
        {
            FixedWindows = Fixed(0),
            FixedWidth = Fixed(1),
        };

        int? Fixed(int axis) =>
            session.InputMetadata.Values.Select(input => input.Dimensions[axis]).FirstOrDefault(size => size > 0) is var size and > 0
            ? size
            : null;
    }

    internal static string FirstLine(string message)
    {
        var end = message.AsSpan().IndexOfAny('\r', '\n');
        return VisibleText.Of(end < 0 ? message : message[..end], keepLines: false);
    }
}
