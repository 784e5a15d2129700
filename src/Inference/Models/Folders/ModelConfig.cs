using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using StreamNer.Inference.Files;

namespace StreamNer.Inference.Models.Folders;

/// <summary>What <c>config.json</c> of a model folder says, checked.</summary>
/// <param name="Family">The <c>model_type</c>, such as <c>bert</c>; <c>unknown</c> when there is none.</param>
/// <param name="Labels">The labels by index, from <c>id2label</c>.</param>
/// <param name="MaxPositions">Longest input in pieces that the position table allows; null when the file doesn't say.</param>
/// <param name="VocabularySize">Rows of the embedding table; null when the file doesn't say.</param>
internal sealed record ModelConfig(string Family, ImmutableArray<string> Labels, int? MaxPositions, int? VocabularySize)
{
    /// <summary>What is out of the ordinary, a sentence each.</summary>
    public ImmutableArray<string> Notes { get; init; } = [];

    /// <summary>Position id of a window's first piece: 0, or the first behind the padding id where the family counts so.</summary>
    public int FirstPosition { get; init; }

    /// <summary>A config is a few kilobytes; with thousands of labels a few hundred.</summary>
    private const int MaxBytes = 4 << 20;

    private const int MaxLabels = 65_536;

    /// <summary>Problems with labels that are named; a broken file can have a hundred thousand of one kind.</summary>
    private const int MostProblems = 3;

    /// <summary>No encoder has more; above it a padding id is no place where positions could begin.</summary>
    private const int MostPositions = 1 << 20;

    /// <summary>More positions or rows than any model has: sizes that are made of them stay within a number.</summary>
    private const int MostOfAnything = 1 << 24;

    /// <summary>Padding id of the families in <see cref="OffsetPositions"/> when the file doesn't say.</summary>
    private const int UsualPadding = 1;

    /// <summary>These families keep the first rows of their position table for padding: position ids start behind the padding id.</summary>
    private static readonly string[] OffsetPositions = ["roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "longformer", "mpnet",
        "data2vec-text"];

    /// <summary>Reads the file.</summary>
    /// <param name="path">Path of <c>config.json</c>.</param>
    /// <param name="problems">Receives every problem found.</param>
    /// <returns>The config, or null when it can't be used.</returns>
    public static ModelConfig? Read(string path, ICollection<string> problems)
    {
        if (!File.Exists(path))
        {
            problems.Add($"{path} is missing: a model folder needs the config.json that its exporter writes, with id2label");
            return null;
        }

        if (BoundedFile.Read(path, problems, MaxBytes) is not { } bytes)
            return null;
        try
        {
            using var json = JsonDocument.Parse(bytes.AsMemory(BoundedFile.Utf8MarkLength(bytes)));
            if (json.RootElement.ValueKind != JsonValueKind.Object)
            {
                problems.Add($"{path} holds a JSON {json.RootElement.ValueKind}, it must be an object");
                return null;
            }

            return Read(json.RootElement, path, problems);
        }
        catch (JsonException e)
        {
            problems.Add($"{path} is not valid JSON: {e.Message}");
            return null;
        }
        catch (InvalidOperationException)
        {
            // Thrown where a text is asked for that UTF-16 does not allow.
            problems.Add($"{path} holds half a surrogate pair, such as \"\\ud800\"; fetch it again");
            return null;
        }
    }

    private static ModelConfig? Read(JsonElement root, string path, ICollection<string> problems)
    {
        var isNamed = root.TryGetProperty("model_type", out var type) && type.ValueKind == JsonValueKind.String;
        var family = isNamed ? type.GetString()! : "unknown";
        var labels = ReadLabels(root, path, problems, out var namesFirst);
        var positions = ReadCount(root, "max_position_embeddings", path, problems);
        var first = 0;
        if (OffsetPositions.Contains(family, StringComparer.Ordinal))
        {
            var padding = ReadPadding(root, path, problems);
            first = padding + 1;
            positions -= first;
            if (positions < 1)
            {
                problems.Add($"{path}: max_position_embeddings leaves {positions} positions behind pad_token_id {padding}, one or "
                    + "more are needed");
                return null;
            }
        }

        // Models with relative positions (XLNet, DeBERTa with relative attention) say -1 or nothing.
        var vocabulary = ReadCount(root, "vocab_size", path, problems);
        return labels.IsDefault ? null : new ModelConfig(family, labels, positions, vocabulary)
        {
            FirstPosition = first,
            Notes = namesFirst ? [] : ["id2label names no label for 0: it stands outside and starts no entity"],
        };
    }

    private static int ReadPadding(JsonElement root, string path, ICollection<string> problems)
    {
        if (!root.TryGetProperty("pad_token_id", out var pad) || pad.ValueKind == JsonValueKind.Null)
            return UsualPadding;
        if (pad.ValueKind == JsonValueKind.Number && pad.TryGetInt32(out var id) && id is >= 0 and < MostPositions)
            return id;
        problems.Add($"{path}: pad_token_id is {Short(pad.GetRawText())}, it must be a whole number from 0 to {MostPositions - 1}: "
            + "positions begin behind it");
        return UsualPadding;
    }

    private static int? ReadCount(JsonElement root, string name, string path, ICollection<string> problems)
    {
        if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var count) || count is 0 or < -1)
        {
            problems.Add($"{path}: {name} is {value.GetRawText()}, it must be a positive whole number");
            return null;
        }

        return count == -1 ? null : Math.Min(count, MostOfAnything);
    }

    private static ImmutableArray<string> ReadLabels(JsonElement root, string path, ICollection<string> problems, out bool namesFirst)
    {
        namesFirst = true;
        if (!root.TryGetProperty("id2label", out var map) || map.ValueKind != JsonValueKind.Object)
        {
            problems.Add($"{path}: id2label is missing: it must map each index of the logits to its label, {{\"0\": \"O\", \"1\": "
                + "\"B-PER\", ...}}");
            return default;
        }

        SortedDictionary<int, string> byIndex = [];
        var before = problems.Count;
        foreach (var entry in map.EnumerateObject())
        {
            if (problems.Count - before >= MostProblems)
            {
                problems.Add($"{path}: id2label has more of that; the first {MostProblems} problems are named");
                break;
            }

            if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index >= MaxLabels)
                problems.Add($"{path}: id2label has the key '{Short(entry.Name)}', keys must be whole numbers from 0 to {MaxLabels - 1}");
            else if (entry.Value.ValueKind != JsonValueKind.String || string.IsNullOrWhiteSpace(entry.Value.GetString()))
                problems.Add($"{path}: id2label {index} is {Short(entry.Value.GetRawText())}, it must be a label's name");
            else if (!byIndex.TryAdd(index, entry.Value.GetString()!))
                problems.Add($"{path}: id2label names {index} twice");
        }

        if (problems.Count > before)
            return default;
        if (byIndex.Count == 0)
        {
            problems.Add($"{path}: id2label is empty, a model has one label or more");
            return default;
        }

        // Labels that were counted from 1: the logits have a column for 0 all the same.
        if (!byIndex.ContainsKey(0) && byIndex.Keys.Last() == byIndex.Count)
        {
            namesFirst = false;
            byIndex.Add(0, "O");
        }

        if (byIndex.Keys.Last() != byIndex.Count - 1)
        {
            var missing = Enumerable.Range(0, byIndex.Keys.Last()).First(index => !byIndex.ContainsKey(index));
            problems.Add($"{path}: id2label has {byIndex.Count} labels up to index {byIndex.Keys.Last()}, but none for {missing}");
            return default;
        }

        return [.. byIndex.Values];
    }

    private static string Short(string text) => text.Length <= 80 ? text : string.Concat(text.AsSpan(0, 80), "...");
}
