using System.Globalization;

namespace StreamNer.Inference.Tokenization.Subwords;

/// <summary>The pieces <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c> that a vocabulary with byte fallback writes unknown characters with.</summary>
internal static class BytePieces
{
    /// <summary>Id of each byte's piece, -1 for those that the vocabulary lacks.</summary>
    public static int[] Find(Func<string, int?> id)
    {
        var ids = new int[byte.MaxValue + 1];
        for (var b = 0; b < ids.Length; b++)
            ids[b] = id(string.Create(CultureInfo.InvariantCulture, $"<0x{b:X2}>")) ?? -1;
        return ids;
    }
}
