using StreamNer.Inference.Domain;
using StreamNer.Inference.Joining;
using StreamNer.Inference.Rules;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Joining;

public class OutcomeJoinerTests
{
    private static readonly Document Text = new(new DocumentId("d"), "Sarah lives in London");

    private static readonly DocumentOutcome.Labelled Names = new(
        [new Entity(new TextSpan(0, 5), "PER", 0.5f), new Entity(new TextSpan(15, 21), "LOC", 0.5f)],
            [new LabelledToken(new TextSpan(0, 5), "B-PER", 0.5f)], Windows: 1, Truncated: false);

    private static readonly DocumentOutcome.Labelled Words = new(
        [], [new LabelledToken(new TextSpan(0, 5), "PROPN", 0.9f), new LabelledToken(new TextSpan(6, 11), "VERB", 0.9f)], Windows: 2,
            Truncated: true)
    { IsTagger = true };

    private static readonly DocumentOutcome.Labelled Slots =
        new([new Entity(new TextSpan(0, 11), "SLOT", 0.5f)], [], Windows: 1, Truncated: false) { Sentences = [new TextSpan(0, 21)] };

    [Fact]
    public void Entities_of_all_models_stand_in_the_text_s_order_and_name_theirs()
    {
        var joined = Joined(new OutcomeJoiner(["names", "slots"], null), [0, 1], Names, Slots);
        Assert.Equal([("SLOT", "slots"), ("PER", "names"), ("LOC", "names")],
            joined.Entities.Select(entity => (entity.Label, entity.Source!.Model!)));
    }

    [Fact]
    public void Tokens_of_all_models_stand_one_model_after_the_other()
    {
        var joined = Joined(new OutcomeJoiner(["names", "words"], null), [0, 1], Names, Words);
        Assert.Equal(["B-PER", "PROPN", "VERB"], joined.Tokens.Select(token => token.Label));
        Assert.Equal([new ModelTokens("names", 1, IsTagger: false), new ModelTokens("words", 2, IsTagger: true)], joined.Models);
    }

    [Fact]
    public void Windows_are_added_up_and_one_cut_text_is_a_cut_text()
    {
        var joined = Joined(new OutcomeJoiner(["names", "words", "slots"], null), [0, 1, 2], Names, Words, Slots);
        Assert.Equal((4, true), (joined.Windows, joined.Truncated));
        Assert.Equal([new TextSpan(0, 21)], joined.Sentences);
    }

    [Fact]
    public void One_of_several_models_is_named_all_the_same()
    {
        var joined = Joined(new OutcomeJoiner(["names", "slots"], null), [1], Slots);
        Assert.Equal("slots", Assert.Single(joined.Entities).Source!.Model);
        Assert.Equal("slots", Assert.Single(joined.Models).Model);
    }

    [Fact]
    public void A_document_fails_when_one_model_fails_on_it_and_the_message_names_the_model()
    {
        var failed = new DocumentOutcome.Failed(FailureStage.Infer, FailureCode.InferenceFailed, "an index is out of range", Attempts: 3);
        Assert.Equal(failed with { Message = "model slots: an index is out of range" }, new OutcomeJoiner(["names", "slots"], null)
            .Join(Text, [0, 1], [Names, failed], RuleMatches.None));
    }

    [Fact]
    public void A_document_fails_when_the_rules_fail_on_it()
    {
        var rules = RuleLines.Load(new(), """{"label": "L", "pattern": "a"}""");
        var failed = new DocumentOutcome.Failed(FailureStage.Rules, FailureCode.RuleTimedOut, "too long");
        Assert.Same(failed, new OutcomeJoiner(["names"], rules).Join(Text, [0], [Names], new RuleMatches([], failed)));
    }

    [Fact]
    public void Rules_stand_among_the_entities_of_one_model_whose_tokens_stay()
    {
        var rules = RuleLines.Load(new RuleOptions { Conflict = RuleConflict.Rules }, """{"label": "CITY", "pattern": "in London"}""");
        var joined = Joined(new OutcomeJoiner(["names"], rules), [0], new RuleMatcher(rules).Match(Text.Text), Names);
        Assert.Equal([("PER", false), ("CITY", true)], joined.Entities.Select(entity => (entity.Label, entity.Source!.IsRule)));
        Assert.Equal(Names.Tokens, joined.Tokens);
        Assert.Empty(joined.Models);
    }

    private static DocumentOutcome.Labelled Joined(OutcomeJoiner joiner, int[] asked, params DocumentOutcome[] outcomes) =>
        Joined(joiner, asked, RuleMatches.None, outcomes);

    private static DocumentOutcome.Labelled Joined(OutcomeJoiner joiner, int[] asked, RuleMatches matches,
        params DocumentOutcome[] outcomes) =>
        Assert.IsType<DocumentOutcome.Labelled>(joiner.Join(Text, asked, outcomes, matches));
}
