using System.Collections.Immutable;
using CsCheck;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Rules;

namespace StreamNer.Inference.Tests.Rules;

public class RuleMergerTests
{
    private const int TextLength = 150;

    private static readonly EntitySource Rule = EntitySource.OfRule(null);

    /// <summary>Entities in order that don't overlap: gaps and lengths.</summary>
    private static readonly Gen<ImmutableArray<Entity>> Apart =
        Gen.Select(Gen.Int[0, 6], Gen.Int[1, 8]).Array[0, 10].Select(parts =>
        {
            var entities = ImmutableArray.CreateBuilder<Entity>();
            var at = 0;
            foreach (var (gap, length) in parts)
            {
                entities.Add(new Entity(new TextSpan(at + gap, at + gap + length), "M", 0.5f));
                at += gap + length;
            }

            return entities.ToImmutable();
        });

    private static readonly Gen<ImmutableArray<Entity>> Matches =
        Apart.Select(all => ImmutableArray.CreateRange(all, entity => entity with { Label = "R", Source = Rule }));

    /// <summary>Of two models, whose entities may overlap each other.</summary>
    private static readonly Gen<ImmutableArray<Entity>> Models =
        Gen.Select(Apart, Apart, (one, other) => one.AddRange(other).Sort((a, b) => a.Span.Start.CompareTo(b.Span.Start)));

    [Theory]
    [InlineData(RuleConflict.Rules, "R0-5")]
    [InlineData(RuleConflict.Model, "M3-9")]
    [InlineData(RuleConflict.Longest, "M3-9")]
    public void The_policy_decides_who_stays(RuleConflict policy, string stays) =>
        Assert.Equal(stays, Write(new RuleMerger(policy).Merge([Model(3, 9)], [Match(0, 5)], TextLength)));

    [Fact]
    public void Of_two_that_are_equally_long_the_rule_stays() =>
        Assert.Equal("R2-7", Write(new RuleMerger(RuleConflict.Longest).Merge([Model(0, 5)], [Match(2, 7)], TextLength)));

    [Fact]
    public void What_had_to_go_stands_in_nobody_s_way() =>
        Assert.Equal(
            "R2-6, R8-20", Write(new RuleMerger(RuleConflict.Longest).Merge([Model(0, 10)], [Match(2, 6), Match(8, 20)], TextLength)));

    [Fact]
    public void Neighbours_that_only_touch_both_stay() =>
        Assert.All(Enum.GetValues<RuleConflict>(), policy =>
            Assert.Equal("M0-5, R5-9", Write(new RuleMerger(policy).Merge([Model(0, 5)], [Match(5, 9)], TextLength))));

    [Fact]
    public void After_merging_no_match_shares_a_character_with_a_models_entity_and_all_stand_in_order() =>
        Gen.Select(Models, Matches, Gen.Enum<RuleConflict>()).Sample((models, matches, policy) =>
        {
            var merged = new RuleMerger(policy).Merge(models, matches, TextLength);
            Assert.All(merged.Where(IsRule), match => Assert.DoesNotContain(merged, entity => !IsRule(entity) && Overlap(match, entity)));
            Assert.Equal(merged.OrderBy(entity => entity.Span.Start), merged);
            Assert.Empty(merged.Except(models.Concat(matches)));
        });

    [Fact]
    public void Who_goes_is_touched_by_one_that_stays() =>
        Gen.Select(Models, Matches, Gen.Enum<RuleConflict>()).Sample((models, matches, policy) =>
        {
            var merged = new RuleMerger(policy).Merge(models, matches, TextLength);
            foreach (var gone in models.Concat(matches).Except(merged))
            {
                Assert.NotEqual(policy, IsRule(gone) ? RuleConflict.Rules : RuleConflict.Model);
                Assert.Contains(merged, stays => IsRule(stays) != IsRule(gone) && Overlap(stays, gone)
                    && (policy != RuleConflict.Longest || stays.Span.Length >= gone.Span.Length));
            }
        });

    private static Entity Model(int start, int end) => new(new TextSpan(start, end), "M", 0.5f);

    private static Entity Match(int start, int end) => new(new TextSpan(start, end), "R", 1) { Source = Rule };

    private static bool IsRule(Entity entity) => entity.Source is { IsRule: true };

    private static bool Overlap(Entity one, Entity other) => one.Span.Start < other.Span.End && other.Span.Start < one.Span.End;

    private static string Write(ImmutableArray<Entity> entities) =>
        string.Join(", ", entities.Select(entity => $"{entity.Label}{entity.Span.Start}-{entity.Span.End}"));
}
