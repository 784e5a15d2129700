namespace StreamNer.Inference.Windows;

/// <summary>How long texts are cut into windows.</summary>
public sealed record WindowOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "StreamNer:Windows";

    /// <summary>What happens to a text longer than one window. Default <see cref="OnTooLong.Windows"/>.</summary>
    public OnTooLong OnTooLong { get; init; } = OnTooLong.Windows;

    /// <summary>
    /// Longest window in pieces, special ones included; 0, the default, takes the model's own limit.
    /// Lower saves memory and time on long texts and costs context.
    /// </summary>
    public int MaxPieces { get; init; }

    /// <summary>
    /// Pieces that two neighbouring windows share, so that each word is read with context on both sides. Default 64.
    /// Higher gives more context at a border and costs time; must stay below half of a window.
    /// </summary>
    public int OverlapPieces { get; init; } = 64;

    /// <summary>Says everything that is wrong with these values; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (!Enum.IsDefined(OnTooLong))
            yield return $"{Section}:OnTooLong is {(int)OnTooLong}, it must be Windows, Truncate or Fail";
        if (MaxPieces is not 0 and < 8)
            yield return $"{Section}:MaxPieces is {MaxPieces}, it must be 0 (the model's limit) or 8 or more";
        if (OverlapPieces < 0)
            yield return $"{Section}:OverlapPieces is {OverlapPieces}, it must not be negative";
        if (MaxPieces >= 8 && OverlapPieces >= MaxPieces - OverlapPieces)
            yield return $"{Section}:OverlapPieces {OverlapPieces} must be less than half of {Section}:MaxPieces {MaxPieces}";
    }
}

/// <summary>What happens to a text that is longer than the model's input.</summary>
public enum OnTooLong
{
    /// <summary>It is read through several overlapping windows. Nothing is lost. The default.</summary>
    Windows,

    /// <summary>Only its first window is read, and the result says that it was cut.</summary>
    Truncate,

    /// <summary>It fails with the code <c>text_too_long</c>.</summary>
    Fail,
}
