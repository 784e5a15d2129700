using StreamNer.Streams.Consuming;
using StreamNer.Streams.Wire;

namespace StreamNer.Streams.Tests.Consuming;

public sealed class RecordHandoverTests
{
    [Fact]
    public void What_is_taken_back_lies_behind_all_that_the_stream_has_taken()
    {
        var partition = new AssignedPartition("news", 0);
        for (var round = 0; round < 2000; round++)
        {
            var handover = new RecordHandover(capacity: 8);
            for (var i = 0; i < 8; i++)
                handover.Offer(Records.Batch(partition, i, "text"));
            List<long> taken = [];
            using var begun = new ManualResetEventSlim();
            var stream = new Thread(() =>
            {
                begun.Set();
                while (handover.TryTake(out var batch))
                    taken.Add(batch.Records[0].Offset);
            });
            stream.Start();
            begun.Wait(TestContext.Current.CancellationToken);
            var back = handover.TakeBack().Select(batch => batch.Records[0].Offset).ToArray();
            stream.Join();

            Assert.Equal(Enumerable.Range(0, 8).Select(i => (long)i), taken.Concat(back));
        }
    }
}
