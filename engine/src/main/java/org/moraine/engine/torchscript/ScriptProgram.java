package org.moraine.engine.torchscript;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.ParameterStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import org.moraine.engine.EngineException;

/**
 * A loaded TorchScript program, one class with several methods.
 *
 * <p>A method's arguments are tensors and lists of tensors. On one machine the same arguments give the same bits, in
 * whichever call and process. Results belong to the manager of the call's first argument.
 * Safe to share between threads.
 */
public final class ScriptProgram implements AutoCloseable {

    private final Model model;

    private ScriptProgram(Model model) {
        this.model = model;
    }

    /**
     * Compiles a program.
     *
     * @param className the name of the class; the text may refer to it as {@code __torch__.NAME}
     * @param methods the methods' text, indented by two blanks
     * @throws EngineException where libtorch cannot read the text
     */
    public static ScriptProgram of(String className, String methods, Device device) {
        String source = "class " + className + "(Module):\n"
                + "  __parameters__ = []\n"
                + "  __buffers__ = []\n"
                + "  training : bool\n"
                + "  _is_full_backward_hook : Optional[bool]\n"
                + methods;
        Model model = Model.newInstance(className, device, "PyTorch");
        try {
            model.load(new ByteArrayInputStream(ScriptArchive.pack(className, source)));
        } catch (IOException | MalformedModelException | RuntimeException e) {
            model.close();
            throw new EngineException("libtorch does not take the program " + className + ": " + e.getMessage(), e);
        }
        return new ScriptProgram(model);
    }

    /** Runs a method that takes gradients inside. */
    public NDList step(String method, Object... arguments) {
        // DJL's own scope is one for the whole process; the switch in libtorch is each thread's.
        boolean before = JniUtils.isGradMode();
        JniUtils.setGradMode(true);
        try {
            return call(method, arguments);
        } finally {
            JniUtils.setGradMode(before);
        }
    }

    /**
     * Runs a method.
     *
     * @param arguments {@link NDArray}s and lists of them, in the method's order; the first belongs to the manager that
     *     is to own the results; a list may not be empty
     */
    public NDList call(String method, Object... arguments) {
        NDList inputs = new NDList();
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i] instanceof NDArray array) {
                array.setName(null);
                inputs.add(array);
            } else {
                String name = "list" + i + "[]";
                for (Object member : (List<?>) arguments[i]) {
                    NDArray array = (NDArray) member;
                    array.setName(name);
                    inputs.add(array);
                }
            }
        }
        NDManager owner = inputs.head().getManager();
        NDArray selector = owner.create(0);
        selector.setName("module_method:" + method);
        inputs.add(selector);
        try {
            // libtorch would watch a program's first calls and rewrite it from then on, with other roundings: a call's
            // bits would depend on how many came before it. Off it is no slower. The switch is each thread's own.
            JniUtils.setGraphExecutorOptimize(false);
            // "training" keeps libtorch out of inference mode, whose results could never take part in a gradient.
            return model.getBlock().forward(new ParameterStore(owner, false), inputs, true);
        } finally {
            selector.close();
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
