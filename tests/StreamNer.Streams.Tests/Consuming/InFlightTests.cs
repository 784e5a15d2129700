using StreamNer.Actors.Recognition;
using StreamNer.Streams.Consuming;
using StreamNer.Streams.Wire;
using StreamNer.TestSupport;

namespace StreamNer.Streams.Tests.Consuming;

public sealed class InFlightTests
{
    private readonly InFlight _inFlight = new(new DrainableLimit(most: 10, TimeSpan.FromSeconds(5), TimeProvider.System), maxBytes: 1000);

    [Fact]
    public void A_part_of_a_batch_that_was_computed_is_progress()
    {
        var clock = new ManualClock();
        var inFlight = new InFlight(new DrainableLimit(most: 10, TimeSpan.FromSeconds(5), clock), maxBytes: 1000, clock);
        var batch = Records.Batch(new AssignedPartition("news", 0), 0, "a");
        inFlight.Enter(batch);
        clock.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(TimeSpan.FromMinutes(4), inFlight.SinceProgress);

        (batch.Step, batch.Recognition) = (PipelineStep.Recognition, new RecognitionProgress(clock));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.FromMinutes(1), inFlight.SinceProgress);

        batch.Step = PipelineStep.Publishing;
        Assert.Equal(TimeSpan.FromMinutes(5), inFlight.SinceProgress);
    }

    [Fact]
    public void There_is_room_up_to_the_bound_in_documents()
    {
        _inFlight.Enter(6, 1);

        Assert.True(_inFlight.HasRoom(4, 1));
        Assert.False(_inFlight.HasRoom(5, 1));
    }

    [Fact]
    public void There_is_room_up_to_the_bound_in_bytes()
    {
        _inFlight.Enter(1, 600);

        Assert.True(_inFlight.HasRoom(1, 400));
        Assert.False(_inFlight.HasRoom(1, 401));
    }

    [Fact]
    public void A_record_above_the_bound_passes_when_nothing_else_is_in_flight()
    {
        Assert.True(_inFlight.HasRoom(1, 5000));

        _inFlight.Enter(1, 1);
        Assert.False(_inFlight.HasRoom(1, 5000));
    }

    [Fact]
    public async Task A_wait_ends_when_the_last_document_leaves()
    {
        _inFlight.Enter(1, 1);
        var waiting =
            Task.Run(() => _inFlight.Wait(() => _inFlight.Documents == 0, TimeSpan.FromSeconds(20)), TestContext.Current.CancellationToken);

        _inFlight.Leave(1, 1);

        Assert.True(await waiting);
    }

    [Fact]
    public void A_wait_gives_up_when_its_time_is_over()
    {
        _inFlight.Enter(1, 1);

        Assert.False(_inFlight.Wait(() => _inFlight.Documents == 0, TimeSpan.FromMilliseconds(10)));
    }
}
