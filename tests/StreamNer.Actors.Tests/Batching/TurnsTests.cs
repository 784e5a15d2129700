using CsCheck;
using StreamNer.Actors.Batching;
using static StreamNer.Actors.Recognition.RecognitionProtocol;

namespace StreamNer.Actors.Tests.Batching;

public class TurnsTests
{
    [Fact]
    public void While_both_have_work_each_gets_its_share_of_the_tokens_whatever_the_sizes_of_its_turns() =>
        Gen.Select(Gen.Double[0.05, 0.95], Gen.Int[1, 500], Gen.Int[1, 500]).Sample((share, streamSize, requestSize) =>
        {
            var turns = new Turns(share);
            var (stream, requests) = (0L, 0L);
            while (stream + requests < 100_000)
            {
                var asker = turns.Next;
                var size = asker == Asker.Stream ? streamSize : requestSize;
                turns.Charge(asker, size, contended: true);
                if (asker == Asker.Stream)
                    stream += size;
                else
                    requests += size;
            }

            Assert.Equal(share, (double)requests / (stream + requests), 0.02);
        });

    [Fact]
    public void Who_worked_alone_has_neither_debts_nor_savings()
    {
        var turns = new Turns(0.5);
        turns.Charge(Asker.Stream, 1_000_000, contended: false);
        turns.Charge(Asker.Request, 10, contended: true);
        Assert.Equal(Asker.Stream, turns.Next);
    }

    [Fact]
    public void A_tie_goes_to_the_request_that_somebody_waits_for() => Assert.Equal(Asker.Request, new Turns(0.25).Next);
}
