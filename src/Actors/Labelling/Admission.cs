using StreamNer.Actors.Batching;
using StreamNer.Actors.Recognition;
using StreamNer.Actors.Tokenization;

namespace StreamNer.Actors.Labelling;

/// <summary>Questions that wait to be cut, and how much of them is let in: bounds the tokens between admission and decoding. One owner, one thread.</summary>
/// <remarks>
/// <para>
/// Before a document is cut nobody knows its tokens, so it is let in on an estimate that its real number replaces. While there is any room
/// the next chunk is let in, whatever its size: no document is refused for its length, and the bound is the limit plus one chunk.
/// </para>
/// <para>
/// The stream and the requests have a room each, and long texts have one apart, half as large: neither waits for the other's room, and what
/// is short never waits for the room that a long text takes. Questions of one asker take turns chunk by chunk.
/// </para>
/// </remarks>
internal sealed class Admission(int maxTokens, double requestShare)
{
    /// <summary>Most characters of one chunk: small enough to spread a question over the tokenizers, large enough to be worth a message.</summary>
    public const int ChunkCharacters = 32_768;

    private const int ChunkDocuments = 64;

    private readonly Side _stream = new(maxTokens);
    private readonly Side _requests = new(maxTokens);
    private readonly Turns _turns = new(requestShare);

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
        var side = contended ? _turns.Next == RecognitionProtocol.Asker.Stream ? _stream : _requests : stream is not null ? _stream : _requests;
        if ((side == _stream ? stream : requests) is not { } node)
            return null;

        side.Waiting.Remove(node);
        var chunk = ChunkAt(node.Value.Question, node.Value.Next);
        RoomOf(chunk).Tokens += chunk.Estimate;
        _turns.Charge(chunk.Question.Asker, chunk.Estimate, contended);
        if (chunk.From + chunk.Count < chunk.Question.Documents.Count)
        {
            node.Value = (chunk.Question, chunk.From + chunk.Count);
            side.Waiting.AddLast(node);
        }

        return chunk;
    }

    /// <summary>Replaces the estimate of a chunk by what it became.</summary>
    /// <returns>Where its tokens leave.</returns>
    public Room Correct(TokenizerProtocol.Chunk chunk, long tokens)
    {
        var room = RoomOf(chunk);
        room.Tokens += tokens - chunk.Estimate;
        return room;
    }

    private bool IsLong(long estimate) => estimate > Math.Max(1, maxTokens / 16);

    private LinkedListNode<(Question Question, int Next)>? FirstWithRoom(Side side)
    {
        for (var node = side.Waiting.First; node is not null; node = node.Next)
        {
            var (question, next) = node.Value;
            if ((IsLong(Estimate(question.Documents[next].Text)) ? side.Long : side.Short).IsOpen)
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

    private Room RoomOf(TokenizerProtocol.Chunk chunk)
    {
        var isLong = chunk.Count == 1 && IsLong(Estimate(chunk.Question.Documents[chunk.From].Text));
        return isLong ? Of(chunk.Question).Long : Of(chunk.Question).Short;
    }

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
