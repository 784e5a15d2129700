namespace StreamNer.Tools.Hub;

/// <summary>A model could not be fetched. The message names what was asked, what was answered and the way out.</summary>
internal sealed class HubException(string message, Exception? cause = null) : Exception(message, cause);
