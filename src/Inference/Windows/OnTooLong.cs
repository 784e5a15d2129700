namespace StreamNer.Inference.Windows;

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
