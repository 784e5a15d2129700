using System.Runtime.CompilerServices;

namespace StreamNer.Inference.Tokenization;

/// <summary>The pieces of one text as columns, reused from text to text. One owner, one thread.</summary>
internal sealed class PieceBuffer
{
    private int[] _ids = new int[256];
    private int[] _starts = new int[256];
    private int[] _ends = new int[256];
    private int[] _words = new int[256];

    /// <summary>Number of pieces.</summary>
    public int Count { get; private set; }

    /// <summary>Id of each piece in the model's vocabulary.</summary>
    public Span<int> Ids => _ids.AsSpan(0, Count);

    /// <summary>First UTF-16 unit of each piece in the original text.</summary>
    public Span<int> Starts => _starts.AsSpan(0, Count);

    /// <summary>First UTF-16 unit behind each piece in the original text.</summary>
    public Span<int> Ends => _ends.AsSpan(0, Count);

    /// <summary>Number of the word each piece belongs to; does not fall, and starts at 0.</summary>
    public Span<int> Words => _words.AsSpan(0, Count);

    /// <summary>Forgets all pieces, keeps the room.</summary>
    public void Clear() => Count = 0;

    /// <summary>Forgets the pieces from <paramref name="count"/> on.</summary>
    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)Count, nameof(count));
        Count = count;
    }

    /// <summary>Adds a piece.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int id, int start, int end, int word)
    {
        var n = Count;
        if ((uint)n >= (uint)_ids.Length)
            Grow();
        _ids[n] = id;
        _starts[n] = start;
        _ends[n] = end;
        _words[n] = word;
        Count = n + 1;
    }

    private void Grow()
    {
        var room = _ids.Length * 2;
        Array.Resize(ref _ids, room);
        Array.Resize(ref _starts, room);
        Array.Resize(ref _ends, room);
        Array.Resize(ref _words, room);
    }
}
