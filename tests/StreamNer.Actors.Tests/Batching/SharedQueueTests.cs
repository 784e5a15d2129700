using StreamNer.Actors.Batching;
using StreamNer.Inference.Batching;
using StreamNer.Inference.Windows;
using StreamNer.TestSupport.Inference;
using static StreamNer.Actors.Recognition.RecognitionProtocol;

namespace StreamNer.Actors.Tests.Batching;

public class SharedQueueTests
{
    private readonly SharedQueue _queue = new(new PaddedTokenBudget(32, 4), 0.5, TimeProvider.System);

    [Fact]
    public void Requests_and_stream_take_turns_however_much_of_either_waits()
    {
        for (var i = 0; i < 400; i++)
            _queue.Add(Asker.Stream, Cut.Window(8));
        for (var i = 0; i < 8; i++)
            _queue.Add(Asker.Request, Cut.Window(8));
        Assert.Equal([Asker.Request, Asker.Stream, Asker.Request, Asker.Stream, Asker.Stream], Enumerable.Range(0, 5)
            .Select(_ => _queue.Take()!.Value.Asker));
    }

    [Fact]
    public void What_is_short_does_not_wait_for_the_end_of_a_long_text_that_came_before()
    {
        var text = Long(1_000);
        foreach (var window in text.Windows)
            _queue.Add(Asker.Request, window);
        for (var i = 0; i < 3; i++)
            _queue.Take();
        var shortOne = Cut.Window(5);
        _queue.Add(Asker.Request, shortOne);
        Assert.Contains(shortOne, _queue.Take()!.Value.Batch.Windows);
    }

    [Fact]
    public void What_is_short_does_not_wait_for_the_later_texts_of_the_long_requests_that_came_before()
    {
        for (var request = 0; request < 8; request++)
        {
            for (var i = 0; i < 250; i++)
            {
                var window = Cut.Window(8);
                window.Owner.TokensBefore = 8 * i;
                _queue.Add(Asker.Request, window);
            }
        }

        for (var i = 0; i < 40; i++)
            _queue.Take();
        var shortOne = Cut.Window(8);
        _queue.Add(Asker.Request, shortOne);

        // Those come before it that were due by then: the next window or two of each request.
        Assert.Contains(Enumerable.Range(0, 4).Select(_ => _queue.Take()!.Value.Batch), batch => batch.Windows.Contains(shortOne));
    }

    [Fact]
    public void A_long_text_comes_to_its_end_however_many_short_ones_come_after_it()
    {
        var text = Long(200);
        foreach (var window in text.Windows)
            _queue.Add(Asker.Request, window);
        var left = text.Windows.Length;
        for (var i = 0; i < 400 && left > 0; i++)
        {
            for (var s = 0; s < 4; s++)
                _queue.Add(Asker.Request, Cut.Window(8));
            left -= _queue.Take()!.Value.Batch.Windows.Count(window => window.Owner == text);
        }

        Assert.Equal(0, left);
    }

    [Fact]
    public void Windows_of_an_abandoned_document_enter_no_batch_and_come_back()
    {
        var (gone, kept) = (Cut.Window(8), Cut.Window(8));
        _queue.Add(Asker.Stream, gone);
        _queue.Add(Asker.Stream, kept);
        gone.Owner.Abandon();
        Assert.Equal([kept], _queue.Take()!.Value.Batch.Windows);
        Assert.Equal([gone], _queue.TakeLeftOut());
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void All_windows_of_abandoned_documents_leave_at_once_on_demand()
    {
        TokenWindow[] windows = [.. Enumerable.Range(0, 100).Select(i => Cut.Window(3 + i % 7))];
        foreach (var window in windows)
            _queue.Add(Asker.Request, window);
        for (var i = 0; i < 100; i += 2)
            windows[i].Owner.Abandon();
        Assert.Equal(windows.Where((_, i) => i % 2 == 0).ToHashSet(), _queue.TakeAbandoned().ToHashSet());
        Assert.Equal(50, _queue.Count);
        Assert.Empty(_queue.TakeAbandoned());
    }

    private static TokenizedDocument Long(int words) => Cut.Text(string.Join(' ', Enumerable.Repeat("w", words)), modelPieces: 8);
}
