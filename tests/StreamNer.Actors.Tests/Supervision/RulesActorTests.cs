using Akka.Actor;
using Akka.TestKit.Xunit;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;
using StreamNer.Inference.Domain;
using StreamNer.Inference.Rules;
using StreamNer.TestSupport;
using StreamNer.TestSupport.Actors;
using StreamNer.TestSupport.Inference;
using static StreamNer.Actors.Recognition.RecognitionProtocol;

namespace StreamNer.Actors.Tests.Supervision;

public class RulesActorTests() : TestKit(TestSetup.AkkaConf)
{
    private const string Catastrophic = """{"label": "L", "pattern": {"regex": "^(a+)+\\1b"}}""";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Looking_through_a_document_is_progress()
    {
        var clock = new ManualClock();
        var progress = new RecognitionProgress(clock);
        clock.Advance(TimeSpan.FromMinutes(4));

        await Start(new RuleOptions()).Ask<RulesActor.Matched>(
            new RulesActor.Match(Of(["aab"], progress), 0, 1), Patience, TestContext.Current.CancellationToken);

        Assert.Equal(TimeSpan.Zero, progress.Since);
    }

    [Fact]
    public async Task A_chunk_that_takes_long_lets_others_in_between_and_is_answered_whole()
    {
        var actor = Start(new RuleOptions { MatchTimeout = TimeSpan.FromMilliseconds(300) });
        var slow = Of([.. Enumerable.Repeat(new string('a', 60), 3)]);
        var fast = Of(["aab"]);

        actor.Tell(new RulesActor.Match(slow, 0, 3), TestActor);
        actor.Tell(new RulesActor.Match(fast, 0, 1), TestActor);

        Assert.Same(fast, (await Next()).Question);
        var answer = await Next();
        Assert.Same(slow, answer.Question);
        Assert.All(answer.Matches, match => Assert.Equal(FailureCode.RuleTimedOut, match.Failure?.Code));
    }

    private ValueTask<RulesActor.Matched> Next() =>
        ExpectMsgAsync<RulesActor.Matched>(Patience, cancellationToken: TestContext.Current.CancellationToken);

    private IActorRef Start(RuleOptions options) => Sys.ActorOf(RulesActor.Props(RuleLines.Load(options, Catastrophic)));

    private static Question Of(string[] texts, RecognitionProgress? progress = null) =>
        new([.. texts.Select((text, i) => new Document(new DocumentId($"d{i}"), text))], Asker.Stream) { Progress = progress };
}
