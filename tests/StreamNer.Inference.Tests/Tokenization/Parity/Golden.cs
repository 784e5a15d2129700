using StreamNer.Inference.Tokenization;

namespace StreamNer.Inference.Tests.Tokenization.Parity;

/// <summary>Reads the answers that <c>goldens.mjs</c> wrote; its head describes the form.</summary>
internal sealed class Golden(byte[] bytes)
{
    private int _at;

    /// <summary>The pieces of the next text.</summary>
    public PieceBuffer Next()
    {
        var pieces = new PieceBuffer();
        int end = 0, word = 0;
        for (var left = Natural(); left > 0; left--)
        {
            var id = Natural();
            var start = end + Whole();
            end = start + Natural();
            word += Whole();
            pieces.Add(id, start, end, word);
        }

        return pieces;
    }

    /// <summary>Behind the last text: ids and token types of what stands around an empty one.</summary>
    public (int Id, int Type)[] Special()
    {
        var special = new (int Id, int Type)[Natural()];
        for (var i = 0; i < special.Length; i++)
            special[i] = (Natural(), Natural());
        return special;
    }

    private int Natural()
    {
        var number = 0;
        for (var shift = 0; ; shift += 7)
        {
            number |= (bytes[_at] & 127) << shift;
            if (bytes[_at++] < 128)
                return number;
        }
    }

    private int Whole() => Natural() is var number && (number & 1) == 0 ? number >> 1 : -(number >> 1) - 1;
}
