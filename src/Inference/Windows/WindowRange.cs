namespace StreamNer.Inference.Windows;

/// <summary>A window as numbers: what the model sees, and the part of it that the window answers for.</summary>
/// <param name="FirstPiece">First piece that the model sees.</param>
/// <param name="PieceCount">How many pieces it sees, special ones not included; 1 or more.</param>
/// <param name="FirstWord">First word whose label this window gives: its first piece lies inside the window.</param>
/// <param name="WordCount">How many words in a row it answers for; 0 when it lies inside one endless word.</param>
internal readonly record struct WindowRange(int FirstPiece, int PieceCount, int FirstWord, int WordCount);
