using System.Collections.Immutable;
using StreamNer.Inference.Domain;
using StreamNer.Tools.Optimization;

namespace StreamNer.Tools.Tests.Optimization;

public class LabelComparisonTests
{
    private static readonly Document[] Documents =
        [.. Enumerable.Range(0, 90).Select(number => new Document(new DocumentId($"{number}"), "a b"))];

    [Fact]
    public void Words_with_another_label_are_counted_and_scores_compared_where_the_label_is_the_same()
    {
        var comparison = LabelComparison.Of(
            Labelling(_ => [("O", 0.9f), ("B-PER", 0.5f)]),
            Labelling(number => [("O", number == 89 ? 0.6f : 0.8f), (number < 9 ? "O" : "B-PER", 0.5f)]),
            Documents, new NoProgress(), TestContext.Current.CancellationToken);

        Assert.Equal((90, 180, 9), (comparison.Documents, comparison.Words, comparison.Changed));
        Assert.Equal(0.05, comparison.ChangedShare);
        Assert.Equal(0.3, comparison.LargestDifference, 1e-6);
        Assert.True(comparison.Before > 0 && comparison.After > 0);
    }

    [Fact]
    public void A_document_that_fails_ends_the_comparison_with_its_reason()
    {
        var failed = Assert.Throws<OptimizationException>(() => LabelComparison.Of(
            Labelling(_ => [("O", 0.9f)]),
            documents =>
                [.. documents.Select(_ => new DocumentOutcome.Failed(FailureStage.Infer, FailureCode.InferenceFailed, "overflow"))],
            Documents, new NoProgress(), TestContext.Current.CancellationToken));

        Assert.Equal("what came of it fails on a document of the sample, so nothing was kept: overflow", failed.Message);
    }

    private static Func<IReadOnlyList<Document>, IReadOnlyList<DocumentOutcome>> Labelling(
        Func<int, (string Label, float Score)[]> tokens) =>
        documents =>
        [
            .. documents.Select(document => new DocumentOutcome.Labelled(
                [],
                tokens(int.Parse(document.Id.Value, System.Globalization.CultureInfo.InvariantCulture))
                    .Select((token, index) => new LabelledToken(new TextSpan(index * 2, (index * 2) + 1), token.Label, token.Score))
                    .ToImmutableArray(),
                Windows: 1,
                Truncated: false)),
        ];

    private sealed class NoProgress : IOptimizationProgress
    {
        public void Step(string what)
        {
        }
    }
}
