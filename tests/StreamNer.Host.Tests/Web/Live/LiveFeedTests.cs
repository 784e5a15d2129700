using System.Text;
using System.Text.Json;
using StreamNer.Host.Settings;
using StreamNer.Host.Web.Live;
using StreamNer.Inference.Domain;
using StreamNer.Streams.Telemetry;

namespace StreamNer.Host.Tests.Web.Live;

public sealed class LiveFeedTests
{
    [Fact]
    public void It_is_watched_only_while_somebody_looks_on()
    {
        var feed = Feed(new WebOptions());
        Assert.False(feed.IsWatched);

        var viewer = feed.Enter()!;
        Assert.True(feed.IsWatched);

        viewer.Dispose();
        Assert.False(feed.IsWatched);
    }

    [Fact]
    public void An_entity_names_the_model_or_the_rule_that_found_it()
    {
        var feed = Feed(new WebOptions());
        using var viewer = feed.Enter()!;
        Entity[] entities =
        [
            new(new TextSpan(0, 4), "PER", 0.9f) { Source = EntitySource.OfModel("names") },
            new(new TextSpan(5, 9), "CODE", 1) { Source = EntitySource.OfRule("ticket") },
        ];

        feed.Published(Batches.Of(["Anna A-17"], [new DocumentOutcome.Labelled([.. entities], [], 1, false)]));

        var shown = Assert.Single(Read(viewer)).GetProperty("entities");
        Assert.Equal("names", shown[0].GetProperty("model").GetString());
        Assert.Equal("rules", shown[1].GetProperty("source").GetString());
    }

    [Fact]
    public void There_are_never_more_viewers_than_allowed()
    {
        var feed = Feed(new WebOptions { MaxViewers = 2 });
        var first = feed.Enter()!;
        using var second = feed.Enter();

        Assert.Null(feed.Enter());
        first.Dispose();
        using var third = feed.Enter();
        Assert.NotNull(third);
    }

    [Fact]
    public void A_viewer_that_reads_nothing_loses_the_oldest_and_holds_no_more_than_the_bound()
    {
        var feed = Feed(new WebOptions { MaxEventsPerSecond = 1000 });
        using var slow = feed.Enter()!;

        feed.Published(Batches.Labelled([.. Enumerable.Range(0, 1000).Select(i => $"text {i}")]));

        Assert.Equal((LiveViewer.MaxWaiting, 1000 - LiveViewer.MaxWaiting), (slow.Waiting, slow.Dropped));
        Assert.Equal("doc-999", Read(slow).Last().GetProperty("document").GetString());
    }

    [Fact]
    public void One_slow_viewer_leaves_another_its_events()
    {
        var feed = Feed(new WebOptions { MaxEventsPerSecond = 1000 });
        using var slow = feed.Enter()!;
        using var fast = feed.Enter()!;

        var read = 0;
        for (var i = 0; i < 10; i++)
        {
            feed.Published(Batches.Labelled([.. Enumerable.Repeat("text", 100)]));
            read += Read(fast).Count;
        }

        Assert.Equal((1000, 0), (read, fast.Dropped));
    }

    [Fact]
    public void Of_more_events_than_may_be_shown_a_sample_is_taken_from_the_whole_batch()
    {
        var feed = Feed(new WebOptions { MaxEventsPerSecond = 4 });
        using var viewer = feed.Enter()!;

        feed.Published(Batches.Labelled([.. Enumerable.Repeat("text", 100)]));
        feed.Published(Batches.Labelled("text"));

        Assert.Equal(["doc-0", "doc-25", "doc-50", "doc-75"], Read(viewer)
            .Select(document => document.GetProperty("document").GetString()));
        Assert.Equal(new LiveCount(101, 4), feed.Count - viewer.Since);
    }

    [Fact]
    public void Without_leave_to_show_text_no_word_of_it_is_sent()
    {
        var feed = Feed(new WebOptions());
        using var viewer = feed.Enter()!;

        feed.Published(Batches.Labelled("Sarah left"));

        Assert.True(viewer.TryRead(out var frame));
        Assert.DoesNotContain("Sarah", Encoding.UTF8.GetString(frame.Span));
        Assert.Contains("\"entities\":[{\"start\":0,\"end\":5,\"label\":\"PER\",\"score\":0.8765}]", Encoding.UTF8.GetString(frame.Span));
    }

    [Fact]
    public void A_long_text_is_cut_between_characters_and_its_entities_with_it()
    {
        var text = new string('a', LiveFrame.MaxTextLength - 1) + "🎉 Sarah";
        var feed = Feed(new WebOptions { ShowText = true });
        using var viewer = feed.Enter()!;

        feed.Published(
            Batches.Of(
            [text], [new DocumentOutcome.Labelled(
            [new(new TextSpan(0, 5), "PER", 1), new(new TextSpan(text.Length - 5, text.Length), "PER", 1)], [], 9, false)]));

        var document = Assert.Single(Read(viewer));
        Assert.Equal(LiveFrame.MaxTextLength - 1, document.GetProperty("text").GetString()!.Length);
        Assert.Equal((1, 1), (document.GetProperty("entities").GetArrayLength(), document.GetProperty("entitiesLeftOut").GetInt32()));
    }

    [Fact]
    public void A_document_of_any_size_makes_an_event_of_bounded_size()
    {
        var text = new string('\u0001', 4_000_000);
        var entities = Enumerable.Range(0, 100_000).Select(i => new Entity(new TextSpan(i, i + 1), "PER", 1));
        var feed = Feed(new WebOptions { ShowText = true });
        using var viewer = feed.Enter()!;

        feed.Published(Batches.Of([text], [new DocumentOutcome.Labelled([.. entities], [], 9, false)]));

        Assert.True(viewer.TryRead(out var frame));
        Assert.InRange(frame.Length, 1, 100_000);
    }

    [Fact]
    public void A_dead_letter_is_shown_with_its_reason_and_without_its_text()
    {
        var feed = Feed(new WebOptions { ShowText = true });
        using var viewer = feed.Enter()!;

        feed.Published(Batches.Of(["Sarah"], [new DocumentOutcome.Failed(FailureStage.Tokenize, FailureCode.TextTooLong, "too long")]));

        var document = Assert.Single(Read(viewer));
        Assert.Equal(("tokenize", "text_too_long"), (document.GetProperty("deadLetter").GetProperty("stage")
            .GetString(), document.GetProperty("deadLetter").GetProperty("code").GetString()));
        Assert.False(document.TryGetProperty("text", out _));
    }

    [Fact]
    public void A_line_break_in_a_text_does_not_end_the_event()
    {
        var feed = Feed(new WebOptions { ShowText = true });
        using var viewer = feed.Enter()!;

        feed.Published(Batches.Labelled("Sarah\n\ndata: forged\r\n\r\nevent: count"));

        Assert.Equal("Sarah\n\ndata: forged\r\n\r\nevent: count", Assert.Single(Read(viewer)).GetProperty("text").GetString());
    }

    [Fact]
    public void The_budget_fills_up_again_with_time_but_never_above_one_second()
    {
        var clock = new HandClock();
        var budget = new TokenBucket(10, clock);

        Assert.Equal((10, 0), (budget.SpendUpTo(50), budget.SpendUpTo(1)));
        clock.Now += TimeSpan.FromMilliseconds(500);
        Assert.Equal((3, 2), (budget.SpendUpTo(3), budget.SpendUpTo(50)));
        clock.Now += TimeSpan.FromHours(1);
        Assert.Equal(10, budget.SpendUpTo(50));
    }

    private static LiveFeed Feed(WebOptions options) => new(options, new HandClock());

    /// <summary>Reads everything that waits, each as the one event that its frame must be.</summary>
    private static List<JsonElement> Read(LiveViewer viewer)
    {
        List<JsonElement> read = [];
        while (viewer.TryRead(out var frame))
        {
            var lines = Encoding.UTF8.GetString(frame.Span).Split('\n');
            Assert.Equal(["event: document", "", ""], [lines[0], .. lines[2..]]);
            read.Add(JsonDocument.Parse(lines[1]["data: ".Length..]).RootElement);
        }

        return read;
    }

    /// <summary>A clock that stands until it is moved.</summary>
    private sealed class HandClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
