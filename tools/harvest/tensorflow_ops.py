#!/usr/bin/env python3
"""Writes kb/scan/tensorflow_ops.tsv: the operators that TensorFlow itself has, read from its wheels.

    tensorflow_ops.py WHEELS OUT.tsv

WHEELS is a folder of wheels, any number of releases. Nothing of them is run: each release brings
Python wrappers, made from its registry, that give an operator's name to the graph ("public"). Those
that only TensorFlow's own passes put into a graph have no wrapper, and are listed below by hand, as
its registry (TF_GetAllOpList of 2.21) has them ("internal").
"""
import pathlib
import re
import sys
import zipfile

WRAPPERS = re.compile(r"^tensorflow(_core)?/(?!contrib/|examples/).*/gen_\w+\.py$")
NAME = re.compile(r'_apply_op_helper\(\s*"(\w[\w>.]*)"')

BY_HAND = """
CalibrationStatisticsSaver ComputeDedupDataSize ComputeDedupDataSizeV2 ComputeDedupDataTupleMaskV2 CustomAggregator DTensorAllGather
DTensorAllReduce DTensorAllScatter DTensorAllToAll DTensorReduceScatter DumpTensor FinalizeTPUEmbeddingV2 GetDeadline GetTpuTaskId HostConst
IsTensorFloat32Enabled KthOrderStatistic MakeUnique NegTrain QuantizedConcatV2 Skipgram StochasticCastToInt TPUCompile
TPUCompileSucceededAssert TPUExecute TPUExecuteAndUpdateVariables TPUReshardVariables TPURoundRobin TopKUnique TopKWithUnique
TpuHandleToProtoKey UpdateTaskIdAndGlobalCoreArray XlaClusterOutput XlaHostCompute XlaLaunch XlaLaunchV2 XlaRecvFromHost
XlaRecvTPUEmbeddingActivationsV2 XlaRecvTPUEmbeddingDeduplicationDataV2 XlaSendTPUEmbeddingGradientsV2 XlaSendToHost
XlaSparseActivationsUnstack XlaSparseGradientsStack _Arg _ArrayToList _ConfigureDistributedTPU _DeviceArg _DeviceRetval
_DisconnectHostFromDistributedTPUSystem _EagerConst _FusedBatchNormEx _FusedBatchNormGradEx _FusedConv2D _FusedConv3D
_FusedDepthwiseConv2dNative _FusedMatMul _FusedQuantizedConv2D _FusedQuantizedDepthwiseConv2D _HostCast _HostRecv _HostSend _If
_InitializeHostForDistributedTPU _ListToArray _MklAvgPool _MklAvgPool3D _MklAvgPool3DGrad _MklAvgPoolGrad _MklBatchMatMul _MklBatchMatMulV2
_MklConcat _MklConcatV2 _MklConjugateTranspose _MklConv2D _MklConv2DBackpropFilter _MklConv2DBackpropFilterWithBias _MklConv2DBackpropInput
_MklConv2DWithBias _MklConv3D _MklConv3DBackpropFilterV2 _MklConv3DBackpropInputV2 _MklDepthwiseConv2dNative
_MklDepthwiseConv2dNativeBackpropFilter _MklDepthwiseConv2dNativeBackpropInput _MklDequantize _MklEinsum _MklElu _MklEluGrad
_MklFusedBatchMatMulV2 _MklFusedBatchNorm _MklFusedBatchNormEx _MklFusedBatchNormGrad _MklFusedBatchNormGradV2 _MklFusedBatchNormGradV3
_MklFusedBatchNormV2 _MklFusedBatchNormV3 _MklFusedConv2D _MklFusedDepthwiseConv2dNative _MklFusedInstanceNorm _MklFusedMatMul _MklFusedMish
_MklLayerNorm _MklLeakyRelu _MklLeakyReluGrad _MklMatMul _MklMaxPool _MklMaxPool3D _MklMaxPool3DGrad _MklMaxPoolGrad _MklNativeAvgPool
_MklNativeAvgPool3D _MklNativeAvgPool3DGrad _MklNativeAvgPoolGrad _MklNativeConv2D _MklNativeConv2DBackpropFilter
_MklNativeConv2DBackpropFilterWithBias _MklNativeConv2DBackpropInput _MklNativeConv2DWithBias _MklNativeConv3D
_MklNativeConv3DBackpropFilterV2 _MklNativeConv3DBackpropInputV2 _MklNativeDepthwiseConv2dNative
_MklNativeDepthwiseConv2dNativeBackpropFilter _MklNativeDepthwiseConv2dNativeBackpropInput _MklNativeFusedBatchNorm
_MklNativeFusedBatchNormEx _MklNativeFusedBatchNormGrad _MklNativeFusedBatchNormGradV2 _MklNativeFusedBatchNormGradV3
_MklNativeFusedBatchNormV2 _MklNativeFusedBatchNormV3 _MklNativeFusedConv2D _MklNativeFusedConv3D _MklNativeFusedDepthwiseConv2dNative
_MklNativeFusedMatMul _MklNativeMaxPool _MklNativeMaxPool3D _MklNativeMaxPool3DGrad _MklNativeMaxPoolGrad _MklNativePadWithConv2D
_MklNativePadWithFusedConv2D _MklNativeSparseMatrixMatMul _MklPadWithConv2D _MklPadWithFusedConv2D _MklQuantizeV2 _MklQuantizedAvgPool
_MklQuantizedConcatV2 _MklQuantizedConv2D _MklQuantizedConv2DAndRelu _MklQuantizedConv2DAndReluAndRequantize
_MklQuantizedConv2DAndRequantize _MklQuantizedConv2DPerChannel _MklQuantizedConv2DWithBias _MklQuantizedConv2DWithBiasAndRelu
_MklQuantizedConv2DWithBiasAndReluAndRequantize _MklQuantizedConv2DWithBiasAndRequantize
_MklQuantizedConv2DWithBiasSignedSumAndReluAndRequantize _MklQuantizedConv2DWithBiasSumAndRelu
_MklQuantizedConv2DWithBiasSumAndReluAndRequantize _MklQuantizedDepthwiseConv2D _MklQuantizedDepthwiseConv2DWithBias
_MklQuantizedDepthwiseConv2DWithBiasAndRelu _MklQuantizedDepthwiseConv2DWithBiasAndReluAndRequantize _MklQuantizedMatMulWithBias
_MklQuantizedMatMulWithBiasAndDequantize _MklQuantizedMatMulWithBiasAndRelu _MklQuantizedMatMulWithBiasAndReluAndRequantize
_MklQuantizedMatMulWithBiasAndRequantize _MklQuantizedMaxPool _MklRelu _MklRelu6 _MklRelu6Grad _MklReluGrad _MklSoftmax _MklSwish _MklTanh
_MklTanhGrad _MklTranspose _NcclBroadcastRecv _NcclBroadcastSend _NcclReduceRecv _NcclReduceSend _ParallelConcatStart _ParallelConcatUpdate
_QuantizedMatMul _QuantizedMaxPool3D _ReadVariablesOp _Recv _Retval _ScopedAllocator _ScopedAllocatorConcat _ScopedAllocatorSplit _Send
_SetGlobalTPUArray _ShutdownDistributedTPU _SwitchN _TPUCompileMlir _TPUReplicate _TensorToHashBucketFast _UnaryOpsComposition _VarHandlesOp
_WaitForDistributedTPU _While _XlaAotOnlyVarHandleOp _XlaCompile _XlaCompileMlirPlaceholderProgramKey _XlaHostComputeMlir _XlaMerge
_XlaRecvAtHost _XlaRecvAtHostV2 _XlaRun _XlaSendFromHost _XlaSendFromHostV2 __MklDummyConv2DBackpropFilterWithBias __MklDummyConv2DWithBias
__MklDummyPadWithConv2D __MklDummyPadWithFusedConv2D
"""


def harvest(wheels):
    names = set()
    for wheel in sorted(pathlib.Path(wheels).glob("tensorflow*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.namelist():
                if WRAPPERS.match(member):
                    names.update(NAME.findall(archive.read(member).decode("utf-8", "replace")))
    return names


def main():
    names = harvest(sys.argv[1])
    rows = {name: "internal" for name in BY_HAND.split()} | {name: "public" for name in names}
    lines = sorted(f"{name}\t{kind}\n".encode() for name, kind in rows.items())
    pathlib.Path(sys.argv[2]).write_bytes(b"".join(lines))
    print(f"{len(lines)} operators")


if __name__ == "__main__":
    main()
