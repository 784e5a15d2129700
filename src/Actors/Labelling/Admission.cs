using StreamNer.Actors.Batching;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Tokenization;

namespace StreamNer.Actors.Labelling;

/// <summary>
/// Questions that wait to be cut, and how much of them is let in: bounds the tokens between admission and decoding. One owner, one thread.
/// </summary>
/// <remarks>
/// <para>
/// Before a document is cut nobody knows its tokens, so it is let in on an estimate that its real number replaces. While there is any room
/// the next chunk is let in, whatever its size: no document is refused for its length, and the bound is the limit plus one chunk.
/// </para>
/// <para>
/// The stream and the requests have a room each, and what is long has one apart, half as large: neither waits for the other's room, and
/// what is short never waits for the room that something long takes. Of the stream a text is long; a request is long as a whole, be it one
/// text or hundreds. Requests take turns chunk by chunk; questions of the stream come one after the other, since their answers leave in
/// this order: were they to take turns, all of them would be done late, and what is under way might never be.
/// </para>
/// <para>
/// To cut a long text takes a while, and whoever asked may have hung up before a single token of it is computed. So while the stream has
/// work, long requests rest in between: cutting them takes the requests' share of one tokenizer's time, no more.
/// </para>
/// </remarks>
internal sealed class Admission(int maxTokens, double requestShare, TimeProvider clock)
{
    /// <summary>Longest rest: a tokenizer that was held up by something else must not hold up requests for minutes.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Most characters of one chunk: small enough to spread a question over the tokenizers, large enough to be worth a message.
    /// </summary>
    public const int ChunkCharacters = 32_768;

    private const int ChunkDocuments = 64;

    private readonly Side _stream = new(maxTokens);
    private readonly Side _requests = new(maxTokens);
    private readonly Turns _turns = new(requestShare);
    private long _restsSince;
    private TimeSpan _rest;

    /// <summary>Tokens let in and not yet out.</summary>
    public long Tokens => _stream.Short.Tokens + _stream.Long.Tokens + _requests.Short.Tokens + _requests.Long.Tokens;

    /// <summary>What a text is likely to become: English has about four characters a piece, so this is seldom too low by much.</summary>
    public static int Estimate(string text) => text.Length / 4 + 2;

    public void Add(Question question) => Of(question).Waiting.AddLast((question, 0));

    /// <summary>Forgets what waits of a question.</summary>
    public void Remove(Question question)
    {
        var waiting = Of(question).Waiting;
        for (var node = waiting.First; node is not null; node = node.Next)
        {
            if (node.Value.Question != question)
                continue;
            waiting.Remove(node);
            return;
        }
    }

    /// <summary>Takes the next chunk that there is room for.</summary>
    /// <returns>Null when nothing waits or nothing that waits has room.</returns>
    public TokenizerProtocol.Chunk? TryTake()
    {
        var (stream, requests) = (FirstWithRoom(_stream), FirstWithRoom(_requests));
        var contended = stream is not null && requests is not null;
        var side = contended ? _turns.Next == RecognitionProtocol.Asker.Stream ? _stream : _requests : stream is not null ? _stream
            : _requests;
        if ((side == _stream ? stream : requests) is not { } node)
            return null;

        var chunk = ChunkAt(node.Value.Question, node.Value.Next);
        RoomOf(chunk).Tokens += chunk.Estimate;
        _turns.Charge(chunk.Question.Asker, chunk.Estimate, contended);
        node.Value = (chunk.Question, chunk.From + chunk.Count);
        if (node.Value.Next == chunk.Question.Documents.Count)
        {
            side.Waiting.Remove(node);
        }
        else if (side == _requests)
        {
            side.Waiting.Remove(node);
            side.Waiting.AddLast(node);
        }

        return chunk;
    }

    /// <summary>Replaces the estimate of a chunk by what it became.</summary>
    /// <param name="chunk">As it was taken.</param>
    /// <param name="tokens">How many it has.</param>
    /// <param name="took">How long a tokenizer worked on it.</param>
    /// <returns>Where its tokens leave.</returns>
    public Room Correct(TokenizerProtocol.Chunk chunk, long tokens, TimeSpan took)
    {
        var room = RoomOf(chunk);
        room.Tokens += tokens - chunk.Estimate;
        if (room == _requests.Long)
        {
            var rest = took * ((1 - requestShare) / requestShare);
            (_rest, _restsSince) = (rest < LongestRest ? rest : LongestRest, clock.GetTimestamp());
        }

        return room;
    }

    /// <summary>How long it is until a long text of a request is let in again; null when none rests for the stream's sake.</summary>
    public TimeSpan? Rest
    {
        get
        {
            var left = _rest - clock.GetElapsedTime(_restsSince);
            return left > TimeSpan.Zero && _requests.Waiting.Count > 0 && StreamHasWork ? left : null;
        }
    }

    private bool StreamHasWork => _stream.Short.Tokens > 0 || _stream.Long.Tokens > 0 || _stream.Waiting.Count > 0;

    private bool IsLong(long estimate) => estimate > Math.Max(1, maxTokens / 16);

    private bool IsLong(Question question, int document) => IsLong(question.Asker == RecognitionProtocol.Asker.Stream
        ? Estimate(question.Documents[document].Text)
        : (question.Characters / 4) + (2L * question.Documents.Count));

    private LinkedListNode<(Question Question, int Next)>? FirstWithRoom(Side side)
    {
        var longIsOpen = side.Long.IsOpen && (side != _requests || Rest is null);
        for (var node = side.Waiting.First; node is not null; node = node.Next)
        {
            var (question, next) = node.Value;
            if (IsLong(question, next) ? longIsOpen : side.Short.IsOpen)
                return node;
        }

        return null;
    }

    /// <summary>A long text alone, or short ones in a row.</summary>
    private TokenizerProtocol.Chunk ChunkAt(Question question, int from)
    {
        var (count, characters) = (0, 0);
        long estimate = 0;
        while (from + count < question.Documents.Count && count < ChunkDocuments && characters < ChunkCharacters)
        {
            var text = question.Documents[from + count].Text;
            if (count > 0 && IsLong(Estimate(text)))
                break;
            characters += text.Length;
            estimate += Estimate(text);
            count++;
            if (count == 1 && IsLong(estimate))
                break;
        }

        return new TokenizerProtocol.Chunk(question, from, count, characters, estimate);
    }

    // A chunk that begins with a long text holds nothing else, so its first document tells.
    private Room RoomOf(TokenizerProtocol.Chunk chunk) =>
        IsLong(chunk.Question, chunk.From) ? Of(chunk.Question).Long : Of(chunk.Question).Short;

    private Side Of(Question question) => question.Asker == RecognitionProtocol.Asker.Stream ? _stream : _requests;

    /// <summary>Room for tokens.</summary>
    public sealed class Room(int limit)
    {
        public long Tokens { get; set; }

        public bool IsOpen => Tokens < limit;
    }

    private sealed class Side(int limit)
    {
        public LinkedList<(Question Question, int Next)> Waiting { get; } = [];

        public Room Short { get; } = new(limit);

        public Room Long { get; } = new(Math.Max(1, limit / 2));
    }
}
