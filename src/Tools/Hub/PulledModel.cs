namespace StreamNer.Tools.Hub;

/// <summary>A model that is in its place.</summary>
/// <param name="Folder">Full path of its folder.</param>
/// <param name="Manifest">What it consists of.</param>
/// <param name="IsNew">False when it was there already, whole.</param>
internal sealed record PulledModel(string Folder, ModelManifest Manifest, bool IsNew);
