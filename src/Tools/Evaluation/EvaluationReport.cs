using StreamNer.Inference.Models.Folders;

namespace StreamNer.Tools.Evaluation;

/// <summary>What an evaluation of one data set found. Immutable.</summary>
internal sealed record EvaluationReport
{
    /// <summary>The data set as it was named.</summary>
    public required string Data { get; init; }

    /// <summary>The model.</summary>
    public required ModelDescription Model { get; init; }

    /// <summary>How entities were read.</summary>
    public required EvaluationMode Mode { get; init; }

    /// <summary>The data's scheme. With <see cref="IsByWord"/> it is <see cref="TagScheme.Plain"/>.</summary>
    public required TagScheme DataScheme { get; init; }

    /// <summary>The model's scheme.</summary>
    public required TagScheme ModelScheme { get; init; }

    /// <summary>Whether spans of the sentences' texts were compared, not labels of their words.</summary>
    public bool OnText { get; init; }

    /// <summary>Sentences of the data.</summary>
    public required int Sentences { get; init; }

    /// <summary>Words of the data.</summary>
    public required long Words { get; init; }

    /// <summary>
    /// Words without a label: the tokenizer keeps nothing of them, or their sentence failed. They count as outside, or as wrong.
    /// </summary>
    public required long Unlabelled { get; init; }

    /// <summary>Words whose label is exactly the data's, where both name labels alike; null where they don't.</summary>
    public required long? EqualLabels { get; init; }

    /// <summary>The types that count, or the labels of words, by name.</summary>
    public required IReadOnlyList<TypeCounts> Types { get; init; }

    /// <summary>The types that don't count, by name.</summary>
    public required IReadOnlyList<LeftOut> LeftOut { get; init; }

    /// <summary>True when labels of words were compared, false for entities.</summary>
    public bool IsByWord => DataScheme == TagScheme.Plain && ModelScheme == TagScheme.Plain;

    /// <summary>Over all that counts together.</summary>
    public Score Micro => Score.Of(Types.Sum(type => type.Correct), Types.Sum(type => type.Predicted), Types.Sum(type => type.Support));

    /// <summary>Mean of the types, each counting the same.</summary>
    public Score Macro => Mean(_ => 1);

    /// <summary>Mean of the types, each counting by its support.</summary>
    public Score Weighted => Mean(score => score.Support);

    /// <summary>Share of words with the right label; null where labels can't be compared.</summary>
    public double? Accuracy => EqualLabels is { } equal ? (Words == 0 ? 0 : (double)equal / Words) : null;

    private Score Mean(Func<Score, double> weight)
    {
        var scores = Types.Select(type => type.Score).ToArray();
        var sum = scores.Sum(weight);
        double Of(Func<Score, double> value) => sum == 0 ? 0 : scores.Sum(score => value(score) * weight(score)) / sum;
        return new Score(Of(score => score.Precision), Of(score => score.Recall), Of(score => score.F1),
            scores.Sum(score => score.Support));
    }
}
