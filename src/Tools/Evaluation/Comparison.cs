using StreamNer.Inference.Domain;
using StreamNer.Inference.Models.Folders;

namespace StreamNer.Tools.Evaluation;

/// <summary>Compares the labels of a data set with those of a model, as seqeval does.</summary>
/// <remarks>
/// Entities are compared by type, first and last word. Where seqeval reads both sides by one scheme, each side here is read by its own, so
/// that IOB1 data and a BIO2 model can be compared; with the same scheme on both sides the numbers are seqeval's.
/// </remarks>
internal sealed class Comparison
{
    private readonly string _data;
    private readonly IReadOnlyList<ConllSentence> _sentences;
    private readonly ModelDescription _model;
    private readonly EvaluationSettings _settings;
    private readonly TagReader _dataLabels;
    private readonly TagReader _modelLabels;
    private readonly HashSet<string> _dataTypes;
    private readonly HashSet<string> _modelTypes;
    private readonly HashSet<string> _counted;

    private Comparison(string data, IReadOnlyList<ConllSentence> sentences, ModelDescription model, EvaluationSettings settings,
        TagReader dataLabels, TagReader modelLabels)
    {
        (_data, _sentences, _model, _settings, _dataLabels, _modelLabels) = (data, sentences, model, settings, dataLabels, modelLabels);
        _dataTypes = Types(sentences.SelectMany(sentence => sentence.Tags), dataLabels);
        _modelTypes = Types(model.Labels, modelLabels);
        _counted = settings.Types switch
        {
            [] => [.. IsByWord ? _dataTypes.Union(_modelTypes) : _dataTypes.Intersect(_modelTypes)],
            [EvaluationSettings.AllTypes] => [.. _dataTypes.Union(_modelTypes)],
            var asked => [.. asked],
        };
    }

    private bool IsByWord => _dataLabels.Scheme == TagScheme.Plain && _modelLabels.Scheme == TagScheme.Plain;

    /// <summary>Looks whether data and model can be compared.</summary>
    /// <param name="data">The data set's name, for messages.</param>
    /// <param name="sentences">Its sentences.</param>
    /// <param name="model">The model.</param>
    /// <param name="settings">How to compare.</param>
    /// <param name="problems">Receives what is wrong.</param>
    /// <returns>Null when something is.</returns>
    public static Comparison? Prepare(string data, IReadOnlyList<ConllSentence> sentences, ModelDescription model,
        EvaluationSettings settings, ICollection<string> problems)
    {
        var dataLabels = TagReader.OfData(sentences, settings.DataScheme, out var problem);
        if (problem is not null)
        {
            problems.Add($"{data}, {problem}");
            return null;
        }

        var modelLabels = TagReader.OfModel(model.Labels, settings.ModelScheme);

        // Data in which nothing is labelled says nothing of its scheme.
        if (settings.DataScheme is null && sentences.All(sentence => sentence.Tags.All(label => dataLabels.Read(label) == Tag.Outside)))
            dataLabels = TagReader.OfData(sentences, modelLabels.Scheme, out _);

        var before = problems.Count;
        foreach (var problemOfData in Unreadable(sentences, dataLabels, settings.Mode))
            problems.Add($"{data}, {problemOfData}");
        if (model.Labels.FirstOrDefault(label => !IsSpelt(label, modelLabels, settings.Mode)) is { } label)
            problems.Add($"the model's label '{label}' is none of the scheme {modelLabels.Scheme}; name another with --model-scheme");
        if (problems.Count > before)
            return null;

        var comparison = new Comparison(data, sentences, model, settings, dataLabels, modelLabels);
        foreach (var relation in comparison.Relations())
            problems.Add(relation);
        return problems.Count > before ? null : comparison;
    }

    /// <summary>Compares.</summary>
    /// <param name="predictions">For each sentence the model's label of each word; null for a word without one.</param>
    public EvaluationReport Compare(IReadOnlyList<IReadOnlyList<string?>> predictions)
    {
        var counts = new SortedDictionary<string, (long Correct, long Predicted, long Support)>(StringComparer.Ordinal);
        var (words, unlabelled, equal) = (0L, 0L, 0L);
        for (var i = 0; i < _sentences.Count; i++)
        {
            words += _sentences[i].Words.Count;
            unlabelled += predictions[i].Count(label => label is null);
            if (IsByWord)
                equal += CompareWords(_sentences[i].Tags, predictions[i], counts);
            else
                CompareChunks(_sentences[i].Tags, predictions[i], counts);
        }

        return Report(counts, words, unlabelled, IsByWord ? equal : null, onText: false);
    }

    /// <summary>Compares spans of the sentences' texts, whatever words the model cuts.</summary>
    /// <param name="found">For each sentence the entities of its <see cref="SentenceText"/>.</param>
    public EvaluationReport CompareTexts(IReadOnlyList<IReadOnlyList<Entity>> found)
    {
        var counts = new SortedDictionary<string, (long Correct, long Predicted, long Support)>(StringComparer.Ordinal);
        for (var i = 0; i < _sentences.Count; i++)
        {
            var words = SentenceText.Join(_sentences[i].Words).Words;
            CountChunks(
                Chunks(_sentences[i].Tags, _dataLabels)
                    .Select(chunk => chunk with { Start = words[chunk.Start].Start, End = words[chunk.End - 1].End }).ToHashSet(),
                Renamed(found[i].Select(entity => new Chunk(entity.Label, entity.Span.Start, entity.Span.End))).ToHashSet(),
                counts);
        }

        return Report(counts, _sentences.Sum(sentence => (long)sentence.Words.Count), unlabelled: 0, equal: null, onText: true);
    }

    private EvaluationReport Report(SortedDictionary<string, (long Correct, long Predicted, long Support)> counts, long words,
        long unlabelled, long? equal, bool onText)
    {
        var types = counts.Select(type => new TypeCounts(type.Key, type.Value.Correct, type.Value.Predicted, type.Value.Support)).ToArray();
        return new EvaluationReport
        {
            Data = _data,
            Model = _model,
            Mode = _settings.Mode,
            DataScheme = _dataLabels.Scheme,
            ModelScheme = _modelLabels.Scheme,
            Sentences = _sentences.Count,
            Words = words,
            Unlabelled = unlabelled,
            EqualLabels = equal,
            OnText = onText,
            Types = [.. types.Where(type => _counted.Contains(type.Name))],
            LeftOut = [.. types.Where(type => !_counted.Contains(type.Name)).Select(Reason).Concat(Unmet(counts.Keys))],
        };
    }

    /// <summary>Types the one side knows and the other never names are worth a word even where none was met.</summary>
    private IEnumerable<LeftOut> Unmet(ICollection<string> met) =>
        _settings.Types.Count > 0 || IsByWord ? [] : _modelTypes.Except(_dataTypes).Except(met).Order(StringComparer.Ordinal)
            .Select(type => new LeftOut(type, LeftOutReason.UnknownToData, 0, 0));

    private LeftOut Reason(TypeCounts type) => new(
        type.Name,
        _settings.Types.Count > 0 ? LeftOutReason.NotAskedFor : _dataTypes.Contains(type.Name) ? LeftOutReason.UnknownToModel
            : LeftOutReason.UnknownToData,
        type.Predicted,
        type.Support);

    private void CompareChunks(IReadOnlyList<string> gold, IReadOnlyList<string?> predicted,
        SortedDictionary<string, (long Correct, long Predicted, long Support)> counts)
    {
        CountChunks(Chunks(gold, _dataLabels).ToHashSet(), Chunks(predicted, _modelLabels).ToHashSet(), counts);
    }

    private static void CountChunks(HashSet<Chunk> there, HashSet<Chunk> found,
        SortedDictionary<string, (long Correct, long Predicted, long Support)> counts)
    {
        foreach (var chunk in there)
            Count(counts, chunk.Type, correct: found.Contains(chunk) ? 1 : 0, support: 1);
        foreach (var chunk in found)
            Count(counts, chunk.Type, predicted: 1);
    }

    private long CompareWords(IReadOnlyList<string> gold, IReadOnlyList<string?> predicted,
        SortedDictionary<string, (long Correct, long Predicted, long Support)> counts)
    {
        var equal = 0L;
        for (var word = 0; word < gold.Count; word++)
        {
            var there = _settings.NameOf(gold[word]);
            var found = predicted[word] is { } label ? _settings.NameOf(label) : null;
            Count(counts, there, correct: there == found ? 1 : 0, support: 1);
            if (found is not null)
                Count(counts, found, predicted: 1);
            equal += there == found ? 1 : 0;
        }

        return equal;
    }

    private static void Count(SortedDictionary<string, (long Correct, long Predicted, long Support)> counts, string type, int correct = 0,
        int predicted = 0, int support = 0)
    {
        var before = counts.GetValueOrDefault(type);
        counts[type] = (before.Correct + correct, before.Predicted + predicted, before.Support + support);
    }

    private IEnumerable<Chunk> Chunks(IReadOnlyList<string?> labels, TagReader reader)
    {
        Tag[] tags = [.. labels.Select(label => label is null ? Tag.Outside : reader.Read(label))];
        return Renamed(_settings.Mode == EvaluationMode.Default ? LenientChunks.Of(tags) : StrictChunks.Of(tags, Spelling(reader.Scheme)));
    }

    /// <summary>Renamed only once they are cut: two neighbours of different types stay two when they get one name.</summary>
    private IEnumerable<Chunk> Renamed(IEnumerable<Chunk> chunks) =>
        from chunk in chunks where !_settings.IsDropped(chunk.Type) select chunk with { Type = _settings.NameOf(chunk.Type) };

    /// <summary>Labels without prefix are read as if each had <c>I-</c>.</summary>
    private static TagScheme Spelling(TagScheme scheme) => scheme == TagScheme.Plain ? TagScheme.Iob1 : scheme;

    private static bool IsSpelt(string label, TagReader reader, EvaluationMode mode) =>
        mode == EvaluationMode.Default || StrictChunks.Allows(Spelling(reader.Scheme), reader.Read(label));

    private static IEnumerable<string> Unreadable(IReadOnlyList<ConllSentence> sentences, TagReader reader, EvaluationMode mode)
    {
        foreach (var sentence in sentences)
        {
            for (var word = 0; word < sentence.Tags.Count; word++)
            {
                if (reader.Unfit.Contains(sentence.Tags[word]) || !IsSpelt(sentence.Tags[word], reader, mode))
                {
                    return [$"sentence of line {sentence.Line}, word {word + 1}: the label '{sentence.Tags[word]}' is none of the scheme "
                        + $"{reader.Scheme}; name another with --scheme, or the right column with --label-column"];
                }
            }
        }

        return [];
    }

    private HashSet<string> Types(IEnumerable<string> labels, TagReader reader)
    {
        HashSet<string> types = [];
        foreach (var label in labels.Distinct())
        {
            if (IsByWord)
                types.Add(_settings.NameOf(label));
            else if (reader.Read(label) is { Prefix: not 'O' } tag && !_settings.IsDropped(tag.Type))
                types.Add(_settings.NameOf(tag.Type));
        }

        return types;
    }

    private IEnumerable<string> Relations()
    {
        var known = $"the data has {Names(_dataTypes)}, the model {Names(_modelTypes)}";
        if (IsByWord && _settings.OnText)
        {
            yield return "--text is for entities; these labels have no prefixes, so words are compared";
        }
        else if (IsByWord && _settings.Types.Count > 0)
        {
            yield return "--types is for entities; these labels have no prefixes, so words are compared";
        }
        else if (_settings.Types is not ([] or [EvaluationSettings.AllTypes])
            && _settings.Types.Except(_dataTypes).Except(_modelTypes).ToArray() is { Length: > 0 } unknown)
        {
            yield return $"--types {string.Join(",", unknown)}: neither {_data} nor the model has it: {known}";
        }
        else if (!_dataTypes.Overlaps(_modelTypes) && _dataTypes.Count > 0)
        {
            yield return $"{_data} and the model have no {(IsByWord ? "label" : "type")} in common: {known}; "
                + $"--map A=B reads one as another";
        }
    }

    private static string Names(HashSet<string> types) => types.Count switch
    {
        0 => "none",
        <= 12 => string.Join(", ", types.Order(StringComparer.Ordinal)),
        _ => $"{string.Join(", ", types.Order(StringComparer.Ordinal).Take(12))} and {types.Count - 12} more",
    };
}
