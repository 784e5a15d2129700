using System.Text.Json;
using StreamNer.Inference.Files;

namespace StreamNer.Inference.Tokenization.Loading;

/// <summary>Reads the merges of a BPE model: pairs of pieces, the most frequent first.</summary>
internal static class BpeMergesReader
{
    private const int ProblemsShown = 3;

    /// <summary>Reads <c>merges</c> of a <c>tokenizer.json</c>, in either form: <c>"a b"</c> or <c>["a", "b"]</c>.</summary>
    public static List<(int Left, int Right, int Merged)> Read(JsonFields model, Vocabulary vocabulary)
    {
        if (!model.Has("merges"))
            model.Problem("merges", "is missing, it must be an array of pairs of pieces");
        return Read(
            model.Elements("merges").Select(merge => (IsPair(merge.Element, out var left, out var right), left, right, merge.Place)),
            vocabulary,
            (place, message) => model.Problem(place, message));
    }

    /// <summary>Reads the lines of a <c>merges.txt</c>; a first line that begins with <c>#version</c> is no merge.</summary>
    public static List<(int Left, int Right, int Merged)> Read(
        string path, string text, Vocabulary vocabulary, ICollection<string> problems)
    {
        var lines = text.Split('\n').Select((line, index) => (Line: line.TrimEnd('\r'), Number: index + 1));
        return Read(
            lines.Where(line => line.Line.Length > 0 && !line.Line.StartsWith("#version", StringComparison.Ordinal))
                .Select(line => (IsPair(line.Line, out var left, out var right), left, right, $"line {line.Number}")),
            vocabulary,
            (place, message) => problems.Add($"{path}: {place} {message}"));
    }

    private static List<(int Left, int Right, int Merged)> Read(
        IEnumerable<(bool IsPair, string Left, string Right, string Place)> pairs, Vocabulary vocabulary, Action<string, string> problem)
    {
        List<(int Left, int Right, int Merged)> merges = [];
        var wrong = 0;
        foreach (var (isPair, left, right, place) in pairs)
        {
            if (!isPair)
                Report(place, "must be two pieces with a blank between them");
            else if (vocabulary[left] is not { } leftId)
                Report(place, $"merges \"{left}\", which is not in the vocabulary");
            else if (vocabulary[right] is not { } rightId)
                Report(place, $"merges \"{right}\", which is not in the vocabulary");
            else if (vocabulary[left + right] is not { } mergedId)
                Report(place, $"makes \"{left + right}\", which is not in the vocabulary");
            else
                merges.Add((leftId, rightId, mergedId));
        }

        if (wrong > ProblemsShown)
            problem("", $"and {wrong - ProblemsShown} more merges like these");
        return merges;

        void Report(string place, string message)
        {
            if (++wrong <= ProblemsShown)
                problem(place, message);
        }
    }

    private static bool IsPair(JsonElement element, out string left, out string right)
    {
        (left, right) = ("", "");
        return element.ValueKind == JsonValueKind.Array
            ? element.GetArrayLength() == 2 && JsonFields.TryText(element[0], out left) && JsonFields.TryText(element[1], out right)
            : JsonFields.TryText(element, out var line) && IsPair(line, out left, out right);
    }

    private static bool IsPair(string line, out string left, out string right)
    {
        var blank = line.IndexOf(' ');
        (left, right) = blank < 0 ? ("", "") : (line[..blank], line[(blank + 1)..]);
        return left.Length > 0 && right.Length > 0 && !right.Contains(' ');
    }
}
