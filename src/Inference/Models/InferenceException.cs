namespace StreamNer.Inference.Models;

/// <summary>Tells that a run of the model failed.</summary>
/// <param name="message">What the runtime said.</param>
/// <param name="isTransient">True when the same classifier may be used again, false when its device or session is lost.</param>
/// <param name="cause">The runtime's exception.</param>
internal sealed class InferenceException(string message, bool isTransient, Exception? cause = null) : Exception(message, cause)
{
    public bool IsTransient { get; } = isTransient;

    /// <summary>
    /// True when the device's context is dead for the whole process: no other session of it can use that device again, a new process can.
    /// </summary>
    public bool DeviceIsDead { get; init; }
}
