using CsCheck;
using StreamNer.Inference.Batching;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Batching;

public class WindowQueueTests
{
    [Fact]
    public void An_empty_queue_gives_no_batch() => Assert.Null(Queue(new PaddedTokenBudget(100, 10)).DequeueBatch());

    [Fact]
    public void The_oldest_window_always_goes_first()
    {
        var queue = Queue(new PaddedTokenBudget(100, 1), 50, 10, 20);
        Assert.Equal([50, 10, 20], Drain(queue).Select(batch => batch.Width));
    }

    [Fact]
    public void Windows_of_like_length_go_together()
    {
        var queue = Queue(new PaddedTokenBudget(100, 10, MaxPaddingShare: 0.1), 10, 40, 10, 41, 9);
        Assert.Equal([[10, 10, 9], [40, 41]], Drain(queue).Select(Lengths));
    }

    [Fact]
    public void A_longer_window_that_does_not_fit_leaves_room_for_shorter_ones()
    {
        var queue = Queue(new PaddedTokenBudget(30, 10), 10, 16, 9);
        Assert.Equal([10, 9], Lengths(queue.DequeueBatch()!));
    }

    [Fact]
    public void Padding_is_free_in_a_batch_that_is_small_anyway()
    {
        var queue = Queue(new PaddedTokenBudget(1_000, 10, MaxPaddingShare: 0, FreePaddingTokens: 64), 4, 16, 8, 100);
        Assert.Equal([[4, 8, 16], [100]], Drain(queue).Select(Lengths));
    }

    [Fact]
    public void A_window_longer_than_the_budget_goes_alone() =>
        Assert.Equal([[500], [3]], Drain(Queue(new PaddedTokenBudget(10, 10), 500, 3)).Select(Lengths));

    [Fact]
    public void A_window_that_has_lost_a_lane_goes_alone_and_keeps_its_place()
    {
        var queue = Queue(new PaddedTokenBudget(100, 10), 10, 10);
        var suspect = queue.DequeueBatch()!.Windows[0];
        suspect.LaneLosses = 1;
        queue.Add(Cut.Window(10));
        queue.Requeue(suspect);
        Assert.Same(suspect, Assert.Single(queue.DequeueBatch()!.Windows));
    }

    [Fact]
    public async Task A_text_that_is_abandoned_just_now_makes_no_empty_batch()
    {
        var window = Cut.Window(10);
        var isOver = false;
        var abandoning = Task.Run(() =>
        {
            while (!Volatile.Read(ref isOver))
                Volatile.Read(ref window).Owner.Abandon();
        }, TestContext.Current.CancellationToken);
        try
        {
            for (var i = 0; i < 200_000; i++)
            {
                var queue = Queue(new PaddedTokenBudget(100, 10));
                var next = Cut.Window(10);
                queue.Add(next);
                Volatile.Write(ref window, next);
                Assert.NotEqual(0, queue.DequeueBatch()?.Windows.Count);
            }
        }
        finally
        {
            Volatile.Write(ref isOver, true);
            await abandoning;
        }
    }

    [Fact]
    public void No_batch_exceeds_its_budget_unless_it_is_one_window() =>
        Scenarios.Sample((budget, lengths) =>
        {
            foreach (var batch in Drain(Queue(budget, lengths)))
            {
                Assert.True(batch.Windows.Count == 1 || batch.PaddedTokens <= budget.MaxPaddedTokens
                    && batch.Windows.Count <= budget.MaxWindows);
                Assert.True(batch.Windows.Count == 1 || batch.PaddedTokens <= budget.FreePaddingTokens
                    || batch.PaddingShare <= budget.MaxPaddingShare + 1e-9);
            }
        });

    [Fact]
    public void Every_window_comes_out_exactly_once_and_the_counts_return_to_zero() =>
        Scenarios.Sample((budget, lengths) =>
        {
            var queue = Queue(budget, lengths);
            Assert.Equal((lengths.Length, lengths.Sum()), (queue.Count, queue.Tokens));
            Assert.Equal(lengths.Order(), Drain(queue).SelectMany(Lengths).Order());
            Assert.Equal((0, 0), (queue.Count, queue.Tokens));
        });

    [Fact]
    public void A_full_batch_is_known_by_its_tokens_or_its_windows()
    {
        Assert.False(Queue(new PaddedTokenBudget(100, 10), 50, 49).HasFullBatch);
        Assert.True(Queue(new PaddedTokenBudget(100, 10), 50, 50).HasFullBatch);
        Assert.True(Queue(new PaddedTokenBudget(100, 2), 5, 5).HasFullBatch);
    }

    private static Gen<(PaddedTokenBudget Budget, int[] Lengths)> Scenarios =>
        Gen.Select(
            Gen.Select(Gen.Int[10, 400], Gen.Int[1, 20], Gen.Double[0, 1], Gen.Int[0, 50], (tokens, windows, share, free) =>
                new PaddedTokenBudget(tokens, windows, share, free)),
            Gen.Int[3, 130].Array[0, 60]);

    private static WindowQueue Queue(PaddedTokenBudget budget, params int[] lengths)
    {
        var queue = new WindowQueue(budget, TimeProvider.System);
        foreach (var length in lengths)
            queue.Add(Cut.Window(length));
        return queue;
    }

    private static IEnumerable<TokenBatch> Drain(WindowQueue queue)
    {
        while (queue.DequeueBatch() is { } batch)
            yield return batch;
    }

    private static int[] Lengths(TokenBatch batch) => [.. batch.Windows.Select(window => window.Length)];
}
