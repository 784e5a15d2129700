using System.Diagnostics;
using StreamNer.Cli.Demo;
using StreamNer.Inference.Domain;

namespace StreamNer.Cli.Tests.Demo;

public class DemoScoreTests
{
    [Fact]
    public void Each_document_counts_once()
    {
        var score = new DemoScore(2);

        Assert.True(score.Add(Event(0)));
        Assert.False(score.Add(Event(0)));
        Assert.Equal(1, score.Through);
        Assert.False(score.IsComplete);
    }

    [Fact]
    public void What_others_send_does_not_count()
    {
        var score = new DemoScore(1);

        Assert.False(score.Add(Event(null)));
        Assert.False(score.Add(Event(7)));
        Assert.Equal(0, score.Through);
    }

    [Fact]
    public void A_dead_letter_is_through_as_well()
    {
        var score = new DemoScore(1);

        score.Add(Event(0) with { DeadLetter = "invalid_utf8: the value is not UTF-8" });

        Assert.True(score.IsComplete);
        Assert.Equal(1, score.DeadLetters);
    }

    [Fact]
    public void Entities_are_counted_by_label()
    {
        var score = new DemoScore(2);

        score.Add(Event(0, "PER", "LOC"));
        score.Add(Event(1, "PER"));

        Assert.Equal(3, score.Entities);
        Assert.Equal(2, score.Labels["PER"]);
    }

    [Fact]
    public void Latency_is_by_rank_and_rate_is_over_the_whole_time()
    {
        var score = new DemoScore(4);
        for (var i = 0; i < 4; i++)
        {
            score.Sent(i, Ticks(0));
            score.Add(Event(i) with { At = Ticks((i + 1) * 100) });
        }

        Assert.Equal((200, 400, 400), (score.Latency(0.5), score.Latency(0.95), score.Latency(1)));
        Assert.Equal(10, score.Rate, 3);
    }

    private static long Ticks(int milliseconds) => Stopwatch.Frequency + (Stopwatch.Frequency / 1000 * milliseconds);

    private static DemoEvent Event(int? number, params string[] labels) =>
        new(number, "d", [.. labels.Select(label => new Entity(new TextSpan(0, 1), label, 1f))], [.. labels], DeadLetter: null,
            At: Ticks(0));
}
