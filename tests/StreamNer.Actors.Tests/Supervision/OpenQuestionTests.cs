using Akka.Actor;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Supervision;
using StreamNer.Inference.Domain;

namespace StreamNer.Actors.Tests.Supervision;

public class OpenQuestionTests
{
    [Fact]
    public void A_document_that_can_not_be_joined_fails_alone()
    {
        var open = Open("a", "broken", "c");
        open.Add(0, [.. Enumerable.Repeat(DocumentOutcome.Labelled.Nothing, 3)]);
        List<string> told = [];
        var outcomes = open.Joined(
            (document, _, outcomes, _) => document.Text == "broken" ? throw new InvalidOperationException("a bug") : outcomes[0],
            (document, cause) => told.Add($"{document.Text}: {cause.Message}"));

        Assert.Equal([true, false, true], outcomes.Select(outcome => outcome is DocumentOutcome.Labelled));
        Assert.Equal((FailureStage.Infer, FailureCode.InferenceFailed), outcomes[1] is DocumentOutcome.Failed failed
            ? (failed.Stage, failed.Code) : default);
        Assert.Equal(["broken: a bug"], told);
    }

    [Fact]
    public void What_waits_is_counted_by_asker_with_the_age_of_the_oldest()
    {
        var clock = new Clock();
        var waiting = new WaitingQuestions(clock);
        var (first, second) = (Open(clock, "12345"), Open(clock, "123", "4"));
        waiting.Add(first);
        clock.Advance(TimeSpan.FromSeconds(3));
        waiting.Add(second);
        Assert.Equal((2, 9L, 3, TimeSpan.FromSeconds(3)), waiting.Measure(RecognitionProtocol.Asker.Stream));
        Assert.True(waiting.Remove(first));
        Assert.False(waiting.Remove(first));
        Assert.Equal((1, 4L, 2), waiting.Measure(RecognitionProtocol.Asker.Stream) is var (count, characters, documents, _)
            ? (count, characters, documents) : default);
        Assert.Equal(0, waiting.Measure(RecognitionProtocol.Asker.Request).Questions);
    }

    private static OpenQuestion Open(params string[] texts) => Open(TimeProvider.System, texts);

    private static OpenQuestion Open(TimeProvider clock, params string[] texts) => new(
        0,
        new Question([.. texts.Select((text, i) => new Document(new DocumentId($"d{i}"), text))], RecognitionProtocol.Asker.Stream),
        [0], rules: false, ActorRefs.Nobody, clock.GetTimestamp());

    private sealed class Clock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan time) => _now += time.Ticks;
    }
}
