using System.Diagnostics;
using StreamNer.Inference.Domain;

namespace StreamNer.Tools.Optimization;

/// <summary>Two models on the same texts: words that they label otherwise, and how fast each is.</summary>
/// <param name="Documents">Texts.</param>
/// <param name="Words">Words of the texts.</param>
/// <param name="Changed">Words whose label is another one.</param>
/// <param name="LargestDifference">Largest difference of a label's probability, 0..1, where the label is the same.</param>
/// <param name="Before">Documents a second of the first model.</param>
/// <param name="After">Documents a second of the second.</param>
internal sealed record LabelComparison(int Documents, int Words, int Changed, double LargestDifference, double Before, double After)
{
    /// <summary>Texts that are labelled together, in turns by the one and the other model, so that both have the same machine.</summary>
    private const int Turn = 40;

    private const int Rounds = 3;

    /// <summary>A slow model is not measured for longer than it takes to compare every text once.</summary>
    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(30);

    /// <summary>Share of the words whose label is another one, 0..1.</summary>
    public double ChangedShare => Words == 0 ? 0 : (double)Changed / Words;

    /// <summary>How many times as fast the second is.</summary>
    public double Gain => After / Before;

    /// <summary>Compares.</summary>
    /// <param name="before">Labels texts with the first model.</param>
    /// <param name="after">Labels texts with the second.</param>
    /// <param name="documents">The texts, one or more.</param>
    /// <param name="progress">Hears how far it is.</param>
    /// <param name="stop">Ends it between two turns.</param>
    /// <exception cref="OptimizationException">A text can't be labelled.</exception>
    public static LabelComparison Of(
        Func<IReadOnlyList<Document>, IReadOnlyList<DocumentOutcome>> before,
        Func<IReadOnlyList<Document>, IReadOnlyList<DocumentOutcome>> after,
        IReadOnlyList<Document> documents, IOptimizationProgress progress, CancellationToken stop)
    {
        progress.Step($"comparing both on {documents.Count} documents");
        var turns = documents.Chunk(Turn).ToArray();

        // The first run of a session makes its buffers.
        _ = before(turns[0]);
        stop.ThrowIfCancellationRequested();
        _ = after(turns[0]);

        var (words, changed, largest) = (0, 0, 0.0);
        var (first, second) = (new Stopwatch(), new Stopwatch());
        var timed = 0;
        for (var round = 0; round < Rounds && (round == 0 || first.Elapsed + second.Elapsed < LongEnough); round++)
        {
            foreach (var (index, turn) in turns.Index())
            {
                stop.ThrowIfCancellationRequested();
                IReadOnlyList<DocumentOutcome> labelled = [], otherwise = [];
                if (index % 2 == 0)
                    labelled = Timed(before, turn, first);
                otherwise = Timed(after, turn, second);
                if (index % 2 != 0)
                    labelled = Timed(before, turn, first);
                timed += turn.Length;
                if (round > 0)
                    continue;
                stop.ThrowIfCancellationRequested();
                foreach (var (one, other) in labelled.Zip(otherwise))
                {
                    var (of, not, difference) = Difference(Labelled(one, "the model"), Labelled(other, "what came of it"));
                    (words, changed, largest) = (words + of, changed + not, Math.Max(largest, difference));
                }
            }
        }

        return new LabelComparison(
            documents.Count, words, changed, largest, timed / first.Elapsed.TotalSeconds, timed / second.Elapsed.TotalSeconds);
    }

    private static IReadOnlyList<DocumentOutcome> Timed(
        Func<IReadOnlyList<Document>, IReadOnlyList<DocumentOutcome>> label, Document[] documents, Stopwatch time)
    {
        time.Start();
        var outcomes = label(documents);
        time.Stop();
        return outcomes;
    }

    private static DocumentOutcome.Labelled Labelled(DocumentOutcome outcome, string whose) => outcome switch
    {
        DocumentOutcome.Labelled labelled => labelled,
        DocumentOutcome.Failed failed =>
            throw new OptimizationException($"{whose} fails on a document of the sample, so nothing was kept: {failed.Message}"),
        _ => throw new OptimizationException($"{whose} gives no answer for a document of the sample"),
    };

    private static (int Words, int Changed, double Largest) Difference(DocumentOutcome.Labelled one, DocumentOutcome.Labelled other)
    {
        // The same tokenizer cuts both, so the words are the same ones.
        var (changed, largest) = (Math.Abs(one.Tokens.Length - other.Tokens.Length), 0.0);
        foreach (var (token, counterpart) in one.Tokens.Zip(other.Tokens))
        {
            if (token.Label != counterpart.Label)
                changed++;
            else
                largest = Math.Max(largest, Math.Abs((double)token.Score - counterpart.Score));
        }

        return (one.Tokens.Length, changed, largest);
    }
}
