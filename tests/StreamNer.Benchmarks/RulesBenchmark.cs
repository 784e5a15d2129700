using System.Text.Json;
using StreamNer.Inference;
using StreamNer.Inference.Rules;
using StreamNer.TestSupport;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Benchmarks;

/// <summary>What ten thousand phrases beside a model cost, and what they cost by themselves.</summary>
internal static class RulesBenchmark
{
    private const int Documents = 400;
    private const int Phrases = 10_000;
    private const int Rounds = 7;
    private const int RoundsAlone = 15;

    public static IEnumerable<Figure> Run()
    {
        var documents = Sample.Documents(Documents);
        var rules = Rules([.. documents.Select(document => document.Text)]);
        using var alone = new TokenClassificationEnsemble([("model", TokenClassificationPipeline.Load(Repository.DefaultModel))]);
        using var beside = new TokenClassificationEnsemble([("model", TokenClassificationPipeline.Load(Repository.DefaultModel))], rules);
        var (seconds, _, ratio) = Paired.Time(Rounds, () => beside.Label(documents), () => alone.Label(documents));
        yield return new Figure($"label with {Phrases:N0} phrases beside the model", $"{Documents / seconds:F0} documents/s",
            Figure.InTurn(Rounds), ratio, "the model alone");

        var few = new RuleMatcher(RuleLines.Load(new RuleOptions(), """{"label": "L", "pattern": "London"}"""));
        var many = new RuleMatcher(rules);
        var matches = 0;
        var (ofMany, _, byNumber) = Paired.Time(RoundsAlone,
            () => matches = documents.Sum(document => many.Match(document.Text).Entities.Length),
            () => _ = documents.Sum(document => few.Match(document.Text).Entities.Length));
        var chars = documents.Sum(document => document.Text.Length);
        yield return new Figure($"{Phrases:N0} phrases by themselves, {matches} matches, one thread",
            $"{chars / ofMany / 1e6:F0} M characters/s", Figure.InTurn(RoundsAlone), byNumber, "1 phrase");
    }

    /// <summary>
    /// Half of them pairs of words of the sample, so that there is something to find; half of them names that nobody has.
    /// </summary>
    private static EntityRules Rules(string[] texts)
    {
        var pairs = texts.Select(text => text.Split(' ')).SelectMany(words => words.Zip(words.Skip(1), (one, other) => $"{one} {other}"))
            .Where(pair => pair.Trim().Length > 3).Distinct(StringComparer.Ordinal).Take(Phrases / 2).ToArray();
        var names = Enumerable.Range(0, Phrases - pairs.Length).Select(i => $"Nobody{i} of Nowhere{i % 97}");
        return RuleLines.Load(new RuleOptions { Conflict = RuleConflict.Model }, pairs.Concat(names)
            .Select(phrase => JsonSerializer.Serialize(new { label = "L", pattern = phrase })));
    }
}
