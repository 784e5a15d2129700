using StreamNer.Actors.Labelling;
using StreamNer.Actors.Recognition;
using StreamNer.Inference.Domain;
using static StreamNer.Actors.Recognition.RecognitionProtocol;

namespace StreamNer.Actors.Tests.Labelling;

public class AdmissionTests
{
    private readonly Admission _admission = new(maxTokens: 1_600, requestShare: 0.5);

    [Fact]
    public void Nothing_more_is_let_in_once_the_room_is_full_until_something_leaves()
    {
        _admission.Add(Question(Asker.Stream, Enumerable.Repeat(360, 200)));
        List<Admission.Room> rooms = [];
        while (_admission.TryTake() is { } chunk)
            rooms.Add(_admission.Correct(chunk, 100 * chunk.Count));
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
    public void Questions_of_one_asker_take_turns()
    {
        var (first, second) = (Question(Asker.Stream, Enumerable.Repeat(4, 640)), Question(Asker.Stream, [4]));
        _admission.Add(first);
        _admission.Add(second);
        Assert.Equal([first, second, first], TakeAll().Take(3).Select(chunk => chunk.Question));
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

    private static Question Question(Asker asker, IEnumerable<int> lengths) =>
        new([.. lengths.Select((length, i) => new Document(new DocumentId($"d{i}"), new string('x', length)))], asker);

    private IEnumerable<StreamNer.Actors.Tokenization.TokenizerProtocol.Chunk> TakeAll()
    {
        while (_admission.TryTake() is { } chunk)
            yield return chunk;
    }
}
