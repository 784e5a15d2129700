using System.Collections.Immutable;
using StreamNer.Inference.Tokenization.Splitting;

namespace StreamNer.Inference.Tokenization.Files;

/// <summary>Reads the <c>pre_tokenizer</c> of a <c>tokenizer.json</c>.</summary>
internal static class SplitterReader
{
    private const string Known = "Sequence, BertPreTokenizer";

    /// <summary>The steps, in order; none when the file has none.</summary>
    public static ImmutableArray<ISplitter> Read(JsonFields root) =>
        root.OptionalObject("pre_tokenizer") is { } splitter ? [.. Steps(splitter)] : [];

    private static IEnumerable<ISplitter> Steps(JsonFields fields)
    {
        var type = fields.Text("type");
        IEnumerable<ISplitter> steps = type switch
        {
            "Sequence" => [.. fields.Objects("pretokenizers").SelectMany(Steps)],
            "BertPreTokenizer" => [new BertSplitter()],
            _ => Refuse(fields, type),
        };
        fields.RefuseOthers();
        return steps;
    }

    private static IEnumerable<ISplitter> Refuse(JsonFields fields, string type)
    {
        fields.Problem("type", $"is \"{type}\", known are {Known}");
        return [];
    }
}
