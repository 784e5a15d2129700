using StreamNer.Inference.Tokenization;

namespace StreamNer.Inference.Tests.Tokenization;

/// <summary>What an encoder made of a text, in a form that a failed assertion shows well.</summary>
internal static class Pieces
{
    /// <summary>Encodes a text with a fresh encoder.</summary>
    public static PieceBuffer Encode(this IPieceTokenizer tokenizer, string text)
    {
        var pieces = new PieceBuffer();
        tokenizer.CreateEncoder().Encode(text, pieces);
        return pieces;
    }

    /// <summary>The parts of the text that the pieces stand for.</summary>
    public static string[] Surfaces(this PieceBuffer pieces, string text)
    {
        var surfaces = new string[pieces.Count];
        for (var i = 0; i < surfaces.Length; i++)
            surfaces[i] = text[pieces.Starts[i]..pieces.Ends[i]];
        return surfaces;
    }

    /// <summary>Whether two buffers hold the same pieces with the same spans and words.</summary>
    public static bool IsSameAs(this PieceBuffer pieces, PieceBuffer other) =>
        pieces.Ids.SequenceEqual(other.Ids) && pieces.Starts.SequenceEqual(other.Starts)
        && pieces.Ends.SequenceEqual(other.Ends) && pieces.Words.SequenceEqual(other.Words);

    /// <summary>Every piece as <c>id[start,end)word</c>.</summary>
    public static string Shown(this PieceBuffer pieces)
    {
        var shown = new string[pieces.Count];
        for (var i = 0; i < shown.Length; i++)
            shown[i] = $"{pieces.Ids[i]}[{pieces.Starts[i]},{pieces.Ends[i]}){pieces.Words[i]}";
        return string.Join(' ', shown);
    }
}
