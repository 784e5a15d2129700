using StreamNer.Actors.Labelling;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Domain;
using StreamNer.TestSupport;
using static StreamNer.Actors.Recognition.RecognitionProtocol;

namespace StreamNer.Actors.Tests.Labelling;

public class AdmissionTests
{
    private readonly ManualClock _clock = new();
    private readonly Admission _admission;

    public AdmissionTests() => _admission = new Admission(maxTokens: 1_600, requestShare: 0.5, _clock);

    [Fact]
    public void Nothing_more_is_let_in_once_the_room_is_full_until_something_leaves()
    {
        _admission.Add(Question(Asker.Stream, Enumerable.Repeat(360, 200)));
        List<Admission.Room> rooms = [];
        while (_admission.TryTake() is { } chunk)
            rooms.Add(_admission.Correct(chunk, 100 * chunk.Count, TimeSpan.Zero));
        var full = _admission.Tokens;
        Assert.InRange(full, 1_600, 1_600 + 64 * 100);

        rooms[0].Tokens -= full - 1_500;
        Assert.NotNull(_admission.TryTake());
    }

    [Fact]
    public void A_text_longer_than_the_room_is_let_in_alone_and_holds_up_nothing_short()
    {
        _admission.Add(Question(Asker.Request, [90_000]));
        _admission.Add(Question(Asker.Request, [90_000]));
        _admission.Add(Question(Asker.Request, [12]));
        Assert.Equal([90_000, 12], TakeAll().Select(chunk => chunk.Characters));
    }

    [Fact]
    public void Long_texts_of_requests_take_their_share_of_a_tokenizers_time_while_the_stream_has_work()
    {
        _admission.Add(Question(Asker.Stream, [12]));
        _ = _admission.TryTake();
        Cut(TimeSpan.FromMilliseconds(80));
        _admission.Add(Question(Asker.Request, [90_000]));
        _admission.Add(Question(Asker.Request, [12]));

        Assert.Equal([12], TakeAll().Select(chunk => chunk.Characters));
        Assert.Equal(TimeSpan.FromMilliseconds(80), _admission.Rest);
        _clock.Advance(TimeSpan.FromMilliseconds(80));
        Assert.Equal([90_000], TakeAll().Select(chunk => chunk.Characters));
    }

    [Fact]
    public void A_request_of_many_texts_is_long_as_a_whole_and_holds_up_nothing_short()
    {
        _admission.Add(Question(Asker.Request, Enumerable.Repeat(300, 200)));
        _admission.Add(Question(Asker.Request, Enumerable.Repeat(300, 200)));
        foreach (var chunk in TakeAll().ToArray())
            _admission.Correct(chunk, 2_000, TimeSpan.Zero);

        // What is long is let in up to its own room, and one short text has room beside it.
        _admission.Add(Question(Asker.Request, [12]));
        Assert.Equal([12], TakeAll().Select(chunk => chunk.Characters));
    }

    [Fact]
    public void A_batch_of_the_stream_is_not_long_as_a_whole()
    {
        _admission.Add(Question(Asker.Stream, Enumerable.Repeat(12, 1_000)));
        _admission.Add(Question(Asker.Stream, [90_000]));
        _admission.Add(Question(Asker.Stream, [90_000]));

        var taken = TakeAll().Select(chunk => chunk.Characters).ToArray();
        Assert.Equal(64 * 12, taken[0]);
        Assert.Single(taken, characters => characters == 90_000);
    }

    [Fact]
    public void Long_texts_of_requests_do_not_rest_while_the_stream_is_idle()
    {
        Cut(TimeSpan.FromMilliseconds(80));
        _admission.Add(Question(Asker.Request, [90_000]));

        Assert.Null(_admission.Rest);
        Assert.Equal([90_000], TakeAll().Select(chunk => chunk.Characters));
    }

    [Fact]
    public void A_rest_is_bounded_however_long_the_cutting_took()
    {
        _admission.Add(Question(Asker.Stream, [12]));
        _ = _admission.TryTake();
        Cut(TimeSpan.FromMinutes(1));
        _admission.Add(Question(Asker.Request, [90_000]));

        Assert.Equal(TimeSpan.FromSeconds(2), _admission.Rest);
    }

    [Fact]
    public void The_room_of_the_stream_is_not_that_of_requests()
    {
        _admission.Add(Question(Asker.Stream, Enumerable.Repeat(360, 500)));
        while (_admission.TryTake() is not null)
        {
        }

        _admission.Add(Question(Asker.Request, [12]));
        Assert.Equal(Asker.Request, _admission.TryTake()?.Question.Asker);
    }

    [Fact]
    public void Requests_take_turns()
    {
        var clock = new ManualClock();
        var admission = new Admission(maxTokens: 160_000, requestShare: 0.5, clock);
        var (first, second) = (Question(Asker.Request, Enumerable.Repeat(4, 640)), Question(Asker.Request, [4]));
        admission.Add(first);
        admission.Add(second);
        Assert.Equal([first, second, first], Enumerable.Range(0, 3).Select(_ => admission.TryTake()!.Question));
    }

    [Fact]
    public void Questions_of_the_stream_come_one_after_the_other_as_their_answers_leave()
    {
        var (first, second) = (Question(Asker.Stream, Enumerable.Repeat(4, 128)), Question(Asker.Stream, [4]));
        _admission.Add(first);
        _admission.Add(second);
        Assert.Equal([first, first, second], TakeAll().Select(chunk => chunk.Question));
    }

    [Fact]
    public void A_question_of_the_stream_whose_short_text_passed_an_older_one_goes_on_behind_it()
    {
        var questions = Enumerable.Range(0, 3).Select(i => Question(Asker.Stream, [i == 0 ? 90_000 : 4, 90_000])).ToArray();
        foreach (var question in questions)
            _admission.Add(question);

        // The long text of the first, and what is short of the others: then there is no room for anything long.
        var taken = TakeAll().ToList();
        Assert.Equal(questions, taken.Select(chunk => chunk.Question));

        var inside = taken[0];
        for (var i = 0; i < 3; i++)
        {
            _admission.Correct(inside, tokens: 0, TimeSpan.Zero);
            taken.Add(inside = Assert.Single(TakeAll()));
        }

        Assert.Equal(questions, taken.Skip(3).Select(chunk => chunk.Question));
    }

    [Fact]
    public void What_is_short_does_not_wait_for_the_long_text_of_a_question_before_it()
    {
        var (first, second) = (Question(Asker.Stream, [90_000, 90_000]), Question(Asker.Stream, [4]));
        _admission.Add(first);
        _admission.Add(second);
        Assert.Equal([first, second], TakeAll().Select(chunk => chunk.Question));
    }

    [Fact]
    public void What_was_removed_is_not_let_in()
    {
        var (gone, kept) = (Question(Asker.Request, [4, 4]), Question(Asker.Request, [4]));
        _admission.Add(gone);
        _admission.Add(kept);
        _admission.Remove(gone);
        Assert.Equal([kept], TakeAll().Select(chunk => chunk.Question));
    }

    /// <summary>A long text of a request comes, is cut, and leaves nothing behind.</summary>
    private void Cut(TimeSpan took)
    {
        _admission.Add(Question(Asker.Request, [90_000]));
        var chunk = _admission.TryTake()!;
        _admission.Correct(chunk, 0, took);
    }

    private static Question Question(Asker asker, IEnumerable<int> lengths) =>
        new([.. lengths.Select((length, i) => new Document(new DocumentId($"d{i}"), new string('x', length)))], asker);

    private IEnumerable<StreamNer.Actors.Tokenization.TokenizerProtocol.Chunk> TakeAll()
    {
        while (_admission.TryTake() is { } chunk)
            yield return chunk;
    }
}
