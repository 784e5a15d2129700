using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using StreamNer.Inference.Files;

namespace StreamNer.Inference.Decoding;

/// <summary>Scores of labels that follow each other, and the best sequence of labels by them (Viterbi). Immutable, any thread.</summary>
/// <remarks>
/// They are what a linear-chain CRF learns and an export leaves out of the graph, or those of a label scheme, where all that it spells
/// costs nothing and all else is <see cref="Forbidden"/>. Time is the number of words times the square of the number of labels at worst; of
/// a scheme's, times the number of labels.
/// </remarks>
internal sealed class LabelTransitions
{
    /// <summary>Name of the file in a model folder.</summary>
    public const string FileName = "crf.json";

    /// <summary>Far below what any logits add up to, so that such a sequence comes out only where there is no other.</summary>
    public const double Forbidden = -1e12;

    /// <summary>Most labels of which sequences are scored: memory, and time for each word, grow with their square.</summary>
    public const int MaxLabels = 2048;

    /// <summary>
    /// Most steps that one text may take, a few seconds: 172,000 words of 79 labels at worst, 11,900 of 300. A scheme's take far fewer.
    /// </summary>
    public const long MostSteps = 1L << 30;

    private const long MaxBytes = 16L << 20;
    private const int MostProblems = 3;

    /// <summary>Steps back of a longer text are not kept for the next.</summary>
    private const int KeptSteps = 1 << 20;

    private readonly double[] _start;
    private readonly double[] _end;

    /// <summary>By the label that follows, then by the one before: the inner loop reads a row.</summary>
    private readonly double[] _into;

    /// <summary>A row of labels before for each label that follows, by falling scores: what may win comes first.</summary>
    private readonly ushort[] _order;

    /// <summary>Whether no score speaks for a sequence, as those of a label scheme, which only forbid.</summary>
    private readonly bool _onlyForbids;

    private LabelTransitions(double[] start, double[] end, double[] into)
    {
        (_start, _end, _into) = (start, end, into);
        _order = new ushort[into.Length];
        var falling = new double[start.Length];
        for (var to = 0; to < start.Length; to++)
        {
            var row = _order.AsSpan(to * start.Length, start.Length);
            for (var from = 0; from < row.Length; from++)
                (row[from], falling[from]) = ((ushort)from, -into[(to * row.Length) + from]);
            falling.AsSpan().Sort(row);
        }

        _onlyForbids = Array.TrueForAll(start, score => score <= 0)
            && Array.TrueForAll(end, score => score <= 0)
            && Array.TrueForAll(into, score => score <= 0);
    }

    /// <summary>Number of labels.</summary>
    public int Labels => _start.Length;

    /// <summary>Makes transitions from their scores.</summary>
    /// <param name="start">Score of each label at the beginning.</param>
    /// <param name="end">Score of each label at the end.</param>
    /// <param name="score">Score of the second label behind the first.</param>
    public static LabelTransitions Create(double[] start, double[] end, Func<int, int, double> score)
    {
        var labels = start.Length;
        var into = new double[labels * labels];
        for (var to = 0; to < labels; to++)
        {
            for (var from = 0; from < labels; from++)
                into[(to * labels) + from] = score(from, to);
        }

        return new LabelTransitions(start, end, into);
    }

    /// <summary>The transitions that a scheme allows.</summary>
    public static LabelTransitions FromScheme(LabelScheme scheme)
    {
        var meanings = scheme.Meanings;
        var parts = meanings.Where(meaning => meaning.Part != EntityPart.None)
            .GroupBy(meaning => meaning.Type, StringComparer.Ordinal)
            .ToDictionary(type => type.Key, type => type.Select(meaning => meaning.Part).ToHashSet(), StringComparer.Ordinal);
        bool[] needsBefore = [.. meanings.Select(NeedsBefore)];
        bool[] needsBehind = [.. meanings.Select(NeedsBehind)];
        return Create(
            [.. needsBefore.Select(needs => needs ? Forbidden : 0)],
            [.. needsBehind.Select(needs => needs ? Forbidden : 0)],
            (from, to) => IsAllowed(from, to) ? 0 : Forbidden);

        bool IsAllowed(int from, int to)
        {
            var goesOn = meanings[from].Part is EntityPart.Begin or EntityPart.Inside
                && meanings[to].Part is EntityPart.Inside or EntityPart.End
                && string.Equals(meanings[from].Type, meanings[to].Type, StringComparison.Ordinal);
            return goesOn || !(needsBehind[from] || needsBefore[to]);
        }

        // Where nothing can begin a type, its inside labels do.
        bool NeedsBefore(LabelMeaning meaning) =>
            meaning.Part is EntityPart.Inside or EntityPart.End && parts[meaning.Type].Contains(EntityPart.Begin);

        // Where nothing can end a type, or stand alone as one, whatever comes does.
        bool NeedsBehind(LabelMeaning meaning) => meaning.Part switch
        {
            EntityPart.Begin => parts[meaning.Type].Contains(EntityPart.End) && parts[meaning.Type].Contains(EntityPart.Single),
            EntityPart.Inside => parts[meaning.Type].Contains(EntityPart.End),
            _ => false,
        };
    }

    /// <summary>Reads <c>crf.json</c>: <c>start</c>, <c>end</c> and <c>transitions</c>, the latter a row for each label before.</summary>
    /// <param name="path">The file.</param>
    /// <param name="labels">The model's labels, whose order that of the scores is.</param>
    /// <param name="problems">Receives every problem found.</param>
    /// <returns>Null when there is no such file, or a problem.</returns>
    public static LabelTransitions? Read(string path, ImmutableArray<string> labels, ICollection<string> problems)
    {
        if (!File.Exists(path) || BoundedFile.Read(path, problems, MaxBytes) is not { } bytes)
            return null;
        List<string> wrongRows = [];
        try
        {
            using var json = JsonDocument.Parse(bytes.AsMemory(BoundedFile.Utf8MarkLength(bytes)));
            var root = json.RootElement;
            var before = problems.Count;
            if (labels.Length > MaxLabels)
                problems.Add($"{path}: the model has {labels.Length} labels, sequences are scored of at most {MaxLabels}; remove the file");
            var start = Scores(root, "start", "start_transitions");
            var end = Scores(root, "end", "end_transitions");
            var rows = Rows(root);
            foreach (var problem in wrongRows.Take(MostProblems))
                problems.Add(problem);
            if (wrongRows.Count > MostProblems)
                problems.Add($"{path}: {wrongRows.Count - MostProblems} more rows like these");
            if (problems.Count > before)
                return null;
            return Create(start, end, (from, to) => rows[from][to]);
        }
        catch (JsonException broken)
        {
            problems.Add($"{path} is not valid JSON: {broken.Message}");
            return null;
        }
        catch (InvalidOperationException)
        {
            // Thrown where names are compared that UTF-16 does not allow.
            problems.Add($"{path} holds half a surrogate pair, such as \"\\ud800\"; fetch it again");
            return null;
        }

        double[][] Rows(JsonElement root)
        {
            if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("transitions", out var table)
                && table.ValueKind == JsonValueKind.Array && table.GetArrayLength() == labels.Length)
            {
                return [.. table.EnumerateArray().Select((row, from) => Row(row, $"transitions[{from}]"))];
            }

            problems.Add($"{path}: transitions must be {labels.Length} rows, one for each label before, of {labels.Length} scores for "
                + "the label behind");
            return [];
        }

        double[] Scores(JsonElement root, params string[] names)
        {
            foreach (var name in names)
            {
                if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out var row))
                    return Row(row, name);
            }

            problems.Add($"{path}: {names[0]} is missing: a score for each of the {labels.Length} labels");
            return [];
        }

        double[] Row(JsonElement row, string name)
        {
            if (row.ValueKind != JsonValueKind.Array || row.GetArrayLength() != labels.Length)
            {
                var length = row.ValueKind == JsonValueKind.Array ? $"has {row.GetArrayLength()} scores" : $"is {row.ValueKind}";
                wrongRows.Add($"{path}: {name} {length}, the model has {labels.Length} labels, in the order of id2label");
                return [];
            }

            double[] scores =
                [.. row.EnumerateArray().Select(score => score.ValueKind == JsonValueKind.Number ? score.GetDouble() : double.NaN)];
            if (Array.FindIndex(scores, score => !double.IsFinite(score)) is var odd and >= 0)
                wrongRows.Add($"{path}: {name}[{odd}] is {row[odd].ValueKind}, it must be a finite number");

            // What trainers write for "never" may be as far as numbers reach; the sum of two such has no order any more.
            return [.. scores.Select(score => Math.Clamp(score, Forbidden, -Forbidden))];
        }
    }

    /// <summary>
    /// Whether each word's surest label makes the best sequence, as in most texts: nothing speaks for any other, nothing against this one.
    /// False says nothing.
    /// </summary>
    /// <param name="surest">The label of each word with the highest score, the lowest of equals.</param>
    public bool Allow(ReadOnlySpan<int> surest)
    {
        if (!_onlyForbids || surest.IsEmpty)
            return _onlyForbids;
        var costs = _start[surest[0]] + _end[surest[^1]];
        for (var word = 1; word < surest.Length; word++)
            costs += _into[(surest[word] * Labels) + surest[word - 1]];
        return costs == 0;
    }

    /// <summary>
    /// Finds the sequence of labels whose scores add up to the most; of equal ones that with the lower labels at the end.
    /// </summary>
    /// <param name="emissions">The score of each label for each word, row-major.</param>
    /// <param name="best">Receives a label for each word.</param>
    /// <returns>False when that would take more than <see cref="MostSteps"/>; then nothing is received.</returns>
    public bool FindBest(ReadOnlySpan<float> emissions, Span<int> best)
    {
        var (words, labels) = (best.Length, Labels);
        if (words == 0)
            return true;

        var stepsLeft = MostSteps;
        var scores = new double[labels];
        var next = new double[labels];
        var size = words * labels;
        var before = size <= KeptSteps ? ArrayPool<ushort>.Shared.Rent(size) : GC.AllocateUninitializedArray<ushort>(size);
        for (var label = 0; label < labels; label++)
            scores[label] = _start[label] + emissions[label];
        for (var word = 1; word < words && stepsLeft >= 0; word++)
        {
            var own = emissions.Slice(word * labels, labels);
            var from = before.AsSpan(word * labels, labels);
            var surest = Surest(scores);
            for (var to = 0; to < labels; to++)
                next[to] = Into(to, scores, surest, ref stepsLeft, out from[to]) + own[to];
            (scores, next) = (next, scores);
        }

        for (var label = 0; label < labels; label++)
            scores[label] += _end[label];
        var last = Surest(scores);
        for (var word = words - 1; word >= 0 && stepsLeft >= 0; word--)
        {
            best[word] = last;
            last = before[(word * labels) + last];
        }

        if (size <= KeptSteps)
            ArrayPool<ushort>.Shared.Return(before);
        return stepsLeft >= 0;
    }

    /// <summary>The label with the highest score, the lowest of equals.</summary>
    private static int Surest(double[] scores)
    {
        var surest = 0;
        for (var label = 1; label < scores.Length; label++)
        {
            if (scores[label] > scores[surest])
                surest = label;
        }

        return surest;
    }

    /// <summary>The score of the best way to label <paramref name="to"/>, and the label it comes from, the lowest of equals.</summary>
    /// <remarks>
    /// The label that is surest so far is tried first, then all by falling transitions, until none of the rest can win: none has more so
    /// far than the surest, nor a better transition than the next. Of a scheme's this takes one step, or as many as there are ways to go
    /// on.
    /// </remarks>
    private double Into(int to, double[] scores, int surest, ref long stepsLeft, out ushort from)
    {
        var into = _into.AsSpan(to * scores.Length, scores.Length);
        from = (ushort)surest;
        var highest = scores[surest] + into[surest];
        var order = _order.AsSpan(to * into.Length, into.Length);
        var steps = 0;
        while (steps < order.Length)
        {
            var label = order[steps++];
            var most = scores[surest] + into[label];
            if (most < highest || most == highest && from == surest)
                break;
            var score = scores[label] + into[label];
            if (score > highest || score == highest && label < from)
                (highest, from) = (score, label);
        }

        stepsLeft -= steps;
        return highest;
    }
}
