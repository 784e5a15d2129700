using StreamNer.Inference.Batching;
using StreamNer.Inference.Decoding;
using StreamNer.Inference.Models;
using StreamNer.TestSupport.Inference;

namespace StreamNer.Inference.Tests.Decoding;

public class BatchRunTests
{
    [Fact]
    public void A_failure_that_passes_costs_one_more_run_and_nothing_else()
    {
        var runs = 0;
        var result = Run(4, _ =>
        {
            if (++runs == 1)
                throw new InferenceException("memory is short", isTransient: true);
        });

        Assert.Empty(result.Failed);
        Assert.Equal(2, runs);
    }

    [Fact]
    public void The_one_window_that_always_fails_is_found_and_the_others_are_labelled()
    {
        TokenBatch batch = Batch(8);
        var culprit = batch.Windows[5];
        var result = BatchRunner.RunToEnd(
            new ScriptedClassifier(2, _ => 1)
            {
                BeforeRun = running =>
                { if (running.Windows.Contains(culprit)) throw new InferenceException("bad", isTransient: true); }
            },
            batch, new WordTokenizer().Special);

        Assert.Same(culprit, Assert.Single(result.Failed).Window);
        Assert.All(batch.Windows.Where(window => window != culprit), window => Assert.Equal(1, window.Owner.WordLabels[0]));
    }

    [Fact]
    public void The_culprit_is_told_how_often_it_was_tried()
    {
        var result = Run(8, _ => throw new InferenceException("bad", isTransient: true));
        Assert.All(result.Failed, failure => Assert.Equal(5, failure.Attempts)); // whole, whole, halves, quarters, singly
    }

    [Fact]
    public void A_lost_device_is_not_tried_again()
    {
        var runs = 0;
        Assert.Throws<InferenceException>(() => Run(4, _ =>
        {
            runs++;
            throw new InferenceException("device lost", isTransient: false);
        }));
        Assert.Equal(1, runs);
    }

    [Fact]
    public void Windows_for_which_there_is_no_memory_are_not_to_blame_where_somebody_tries_again()
    {
        InferenceException Short() => new("out of memory", isTransient: true) { LacksMemory = true };

        Assert.Equal(4, Run(4, _ => throw Short()).Failed.Length);
        Assert.False(Assert.Throws<InferenceException>(() => Run(4, _ => throw Short(), waitsForMemory: true)).IsTransient);
    }

    [Fact]
    public void A_batch_for_which_there_is_no_memory_is_computed_in_parts()
    {
        var result = Run(4, batch =>
        {
            if (batch.Windows.Count > 1)
                throw new InferenceException("out of memory", isTransient: true) { LacksMemory = true };
        }, waitsForMemory: true);

        Assert.Empty(result.Failed);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_window_whose_values_are_no_numbers_fails_and_its_neighbours_are_labelled(float value)
    {
        var batch = Batch(8);
        for (var place = 0; place < 5 * 2; place++)
        {
            var failure =
                Assert.Single(BatchRunner.RunToEnd(new BrokenNumbers(window: 3, place, value), batch, new WordTokenizer().Special).Failed);
            Assert.Same(batch.Windows[3], failure.Window);
            Assert.True(failure.NotFinite);
            Assert.Contains("no numbers", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Values_of_padding_may_be_anything()
    {
        var batch = new TokenBatch([Cut.Window(5), Cut.Window(9)]);
        Assert.Empty(
            BatchRunner.RunToEnd(new BrokenNumbers(window: 0, place: 5 * 2, float.NaN), batch, new WordTokenizer().Special).Failed);
    }

    private static BatchRunner.Result Run(int windows, Action<TokenBatch> before, bool waitsForMemory = false) =>
        BatchRunner.RunToEnd(
            new ScriptedClassifier(2, _ => 1) { BeforeRun = before }, Batch(windows), new WordTokenizer().Special, waitsForMemory);

    /// <summary>Answers zeros, and at one place of one window something else.</summary>
    private sealed class BrokenNumbers(int window, int place, float value) : ITokenClassifier
    {
        public PieceScores Run(TokenBatch batch)
        {
            var values = new float[batch.PaddedTokens * 2];
            values[window * batch.Width * 2 + place] = value;
            return new PieceScores(values, batch.Width, 2);
        }

        public void WarmUp(BatchShapes shapes)
        {
        }

        public void Cancel()
        {
        }

        public void Dispose()
        {
        }
    }

    private static TokenBatch Batch(int windows) => new([.. Enumerable.Range(0, windows).Select(_ => Cut.Window(5))]);
}
