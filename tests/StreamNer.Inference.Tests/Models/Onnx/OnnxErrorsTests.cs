using StreamNer.Inference.Models.Onnx;

namespace StreamNer.Inference.Tests.Models.Onnx;

/// <summary>Messages as ONNX Runtime writes them.</summary>
public class OnnxErrorsTests
{
    [Theory]
    [InlineData("[ErrorCode:Fail] CUDA failure 700: an illegal memory access was encountered ; GPU=0 ; hostname=x ; "
        + "expr=cudaStreamSynchronize(...);", true)]
    [InlineData("[ErrorCode:Fail] CUDA failure 719: unspecified launch failure ; GPU=1 ;", true)]
    [InlineData("[ErrorCode:RuntimeException] CUDA error cudaErrorIllegalAddress:an illegal memory access was encountered", true)]
    [InlineData("[ErrorCode:Fail] CUDA failure 2: out of memory ; GPU=0 ;", false)]
    [InlineData("[ErrorCode:Fail] CUDA failure 801: operation not supported ; GPU=0 ;", false)]
    [InlineData("[ErrorCode:InvalidArgument] an index is out of range: illegal memory access", false)]
    public void Errors_that_kill_the_context_of_a_device_are_told_from_others(string message, bool sticky) =>
        Assert.Equal(sticky, OnnxErrors.IsSticky(message));

    [Theory]
    [InlineData("[ErrorCode:Fail] CUDA failure 2: out of memory ; GPU=0 ;", true)]
    [InlineData("[ErrorCode:InvalidArgument] an index is out of range", true)]
    [InlineData("[ErrorCode:Fail] CUDA failure 801: operation not supported ; GPU=0 ;", false)]
    [InlineData("[ErrorCode:Fail] TensorRT EP execution context enqueue failed.", false)]
    public void A_session_whose_device_failed_is_not_used_again(string message, bool transient) =>
        Assert.Equal(transient, OnnxErrors.IsTransient(message));
}
