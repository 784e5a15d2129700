namespace StreamNer.Inference.Windows;

/// <summary>A sequence of pieces that fits the model, special pieces included. Owned by one actor at a time.</summary>
internal sealed class TokenWindow(TokenizedDocument owner, WindowRange range, int specialPieces)
{
    public TokenizedDocument Owner { get; } = owner;

    public WindowRange Range { get; } = range;

    /// <summary>Length in pieces as the model sees it, special pieces included.</summary>
    public int Length { get; } = range.PieceCount + specialPieces;

    public ReadOnlySpan<int> PieceIds => Owner.PieceIds.AsSpan(Range.FirstPiece, Range.PieceCount);

    /// <summary>Time stamp of the queue's clock at which the window was queued.</summary>
    public long QueuedAt { get; set; }

    /// <summary>Order in the queue: when it is due, then arrival. A window that comes back keeps it.</summary>
    public (long Due, long Arrival) Ticket { get; set; }

    /// <summary>
    /// How many lanes were lost while they ran this window. A window with losses runs alone, so that it can't take others along.
    /// </summary>
    public int LaneLosses { get; set; }

    /// <summary>Set once the window's words have their labels or its document failed; guards against counting it twice.</summary>
    public bool IsSettled { get; set; }
}

/// <summary>A window as numbers: what the model sees, and the part of it that the window answers for.</summary>
/// <param name="FirstPiece">First piece that the model sees.</param>
/// <param name="PieceCount">How many pieces it sees, special ones not included; 1 or more.</param>
/// <param name="FirstWord">First word whose label this window gives: its first piece lies inside the window.</param>
/// <param name="WordCount">How many words in a row it answers for; 0 when it lies inside one endless word.</param>
internal readonly record struct WindowRange(int FirstPiece, int PieceCount, int FirstWord, int WordCount);
