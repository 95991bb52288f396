// Written by generate.py beside this file; change that instead.

/// The transforms of Winograd's F(m×m, r×r) (Lavin and Gray 2016), on lanes of channels:
///
///     y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A        ḡ = Gᵀ[(A ȳ Aᵀ) ⊙ (Bᵀ d B)]G        d̄ = B[(G g Gᵀ) ⊙ (A ȳ Aᵀ)]Bᵀ
///
/// with r×r weights g, m×m outputs y and (m+r−1)×(m+r−1) inputs d. At stride 2 (r = 3) the inputs are (2m+1)×(2m+1), and so
/// are the positions; several of them share a matrix of G g Gᵀ, of which there are (m+2)×(m+2). Where a tile is the whole
/// image within a border of zeros, the inputs are m×m.
enum WinogradTransforms {
  /// The sides m that there are.
  static func sides(_ window: WinogradTile.Window) -> [Int] {
    switch window {
    case .three: [2, 3, 4, 6]
    case .strided: [2, 3, 4]
    case .four: [4]
    case .bordered: [1, 2, 3]
    }
  }

  /// 2×2 outputs of 3×3 taps: v[position] = Bᵀ d B of the pixels d of one tile
  @inline(__always)
  static func input2<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    let t1 = L.load(pixels[4] + c)
    let t2 = L.load(pixels[8] + c)
    let t3 = L.load(pixels[12] + c)
    let t4 = t2 - t0
    let t5 = t2 + t1
    let t6 = t2 - t1
    let t7 = t3 - t1
    let t8 = L.load(pixels[1] + c)
    let t9 = L.load(pixels[5] + c)
    let t10 = L.load(pixels[9] + c)
    let t11 = L.load(pixels[13] + c)
    let t12 = t10 - t8
    let t13 = t10 + t9
    let t14 = t10 - t9
    let t15 = t11 - t9
    let t16 = L.load(pixels[2] + c)
    let t17 = L.load(pixels[6] + c)
    let t18 = L.load(pixels[10] + c)
    let t19 = L.load(pixels[14] + c)
    let t20 = t18 - t16
    let t21 = t18 + t17
    let t22 = t18 - t17
    let t23 = t19 - t17
    let t24 = L.load(pixels[3] + c)
    let t25 = L.load(pixels[7] + c)
    let t26 = L.load(pixels[11] + c)
    let t27 = L.load(pixels[15] + c)
    let t28 = t26 - t24
    let t29 = t26 + t25
    let t30 = t26 - t25
    let t31 = t27 - t25
    let t32 = t20 - t4
    let t33 = t20 + t12
    let t34 = t20 - t12
    let t35 = t28 - t12
    t32.store(v + 0 * step)
    t33.store(v + 1 * step)
    t34.store(v + 2 * step)
    t35.store(v + 3 * step)
    let t36 = t21 - t5
    let t37 = t21 + t13
    let t38 = t21 - t13
    let t39 = t29 - t13
    t36.store(v + 4 * step)
    t37.store(v + 5 * step)
    t38.store(v + 6 * step)
    t39.store(v + 7 * step)
    let t40 = t22 - t6
    let t41 = t22 + t14
    let t42 = t22 - t14
    let t43 = t30 - t14
    t40.store(v + 8 * step)
    t41.store(v + 9 * step)
    t42.store(v + 10 * step)
    t43.store(v + 11 * step)
    let t44 = t23 - t7
    let t45 = t23 + t15
    let t46 = t23 - t15
    let t47 = t31 - t15
    t44.store(v + 12 * step)
    t45.store(v + 13 * step)
    t46.store(v + 14 * step)
    t47.store(v + 15 * step)
  }

  /// 3×3 outputs of 3×3 taps: v[position] = Bᵀ d B of the pixels d of one tile
  @inline(__always)
  static func input3<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    let t1 = L.load(pixels[5] + c)
    let t2 = L.load(pixels[10] + c)
    let t3 = L.load(pixels[15] + c)
    let t4 = L.load(pixels[20] + c)
    let t5 = t1.times(-2.25, plus: t3)
    let t6 = t2.times(0.5)
    let t7 = t0.times(-1.125, plus: t6)
    let t8 = t5 + t7
    let t9 = t5 - t7
    let t10 = t1.times(-0.25, plus: t3)
    let t11 = t2.times(1.5)
    let t12 = t0.times(-0.375, plus: t11)
    let t13 = t10 + t12
    let t14 = t10 - t12
    let t15 = t0.times(0.5625, plus: t4)
    let t16 = t2.times(-2.5, plus: t15)
    let t17 = L.load(pixels[1] + c)
    let t18 = L.load(pixels[6] + c)
    let t19 = L.load(pixels[11] + c)
    let t20 = L.load(pixels[16] + c)
    let t21 = L.load(pixels[21] + c)
    let t22 = t18.times(-2.25, plus: t20)
    let t23 = t19.times(0.5)
    let t24 = t17.times(-1.125, plus: t23)
    let t25 = t22 + t24
    let t26 = t22 - t24
    let t27 = t18.times(-0.25, plus: t20)
    let t28 = t19.times(1.5)
    let t29 = t17.times(-0.375, plus: t28)
    let t30 = t27 + t29
    let t31 = t27 - t29
    let t32 = t17.times(0.5625, plus: t21)
    let t33 = t19.times(-2.5, plus: t32)
    let t34 = L.load(pixels[2] + c)
    let t35 = L.load(pixels[7] + c)
    let t36 = L.load(pixels[12] + c)
    let t37 = L.load(pixels[17] + c)
    let t38 = L.load(pixels[22] + c)
    let t39 = t35.times(-2.25, plus: t37)
    let t40 = t36.times(0.5)
    let t41 = t34.times(-1.125, plus: t40)
    let t42 = t39 + t41
    let t43 = t39 - t41
    let t44 = t35.times(-0.25, plus: t37)
    let t45 = t36.times(1.5)
    let t46 = t34.times(-0.375, plus: t45)
    let t47 = t44 + t46
    let t48 = t44 - t46
    let t49 = t34.times(0.5625, plus: t38)
    let t50 = t36.times(-2.5, plus: t49)
    let t51 = L.load(pixels[3] + c)
    let t52 = L.load(pixels[8] + c)
    let t53 = L.load(pixels[13] + c)
    let t54 = L.load(pixels[18] + c)
    let t55 = L.load(pixels[23] + c)
    let t56 = t52.times(-2.25, plus: t54)
    let t57 = t53.times(0.5)
    let t58 = t51.times(-1.125, plus: t57)
    let t59 = t56 + t58
    let t60 = t56 - t58
    let t61 = t52.times(-0.25, plus: t54)
    let t62 = t53.times(1.5)
    let t63 = t51.times(-0.375, plus: t62)
    let t64 = t61 + t63
    let t65 = t61 - t63
    let t66 = t51.times(0.5625, plus: t55)
    let t67 = t53.times(-2.5, plus: t66)
    let t68 = L.load(pixels[4] + c)
    let t69 = L.load(pixels[9] + c)
    let t70 = L.load(pixels[14] + c)
    let t71 = L.load(pixels[19] + c)
    let t72 = L.load(pixels[24] + c)
    let t73 = t69.times(-2.25, plus: t71)
    let t74 = t70.times(0.5)
    let t75 = t68.times(-1.125, plus: t74)
    let t76 = t73 + t75
    let t77 = t73 - t75
    let t78 = t69.times(-0.25, plus: t71)
    let t79 = t70.times(1.5)
    let t80 = t68.times(-0.375, plus: t79)
    let t81 = t78 + t80
    let t82 = t78 - t80
    let t83 = t68.times(0.5625, plus: t72)
    let t84 = t70.times(-2.5, plus: t83)
    let t85 = t25.times(-2.25, plus: t59)
    let t86 = t42.times(0.5)
    let t87 = t8.times(-1.125, plus: t86)
    let t88 = t85 + t87
    let t89 = t85 - t87
    let t90 = t25.times(-0.25, plus: t59)
    let t91 = t42.times(1.5)
    let t92 = t8.times(-0.375, plus: t91)
    let t93 = t90 + t92
    let t94 = t90 - t92
    let t95 = t8.times(0.5625, plus: t76)
    let t96 = t42.times(-2.5, plus: t95)
    t88.store(v + 0 * step)
    t89.store(v + 1 * step)
    t93.store(v + 2 * step)
    t94.store(v + 3 * step)
    t96.store(v + 4 * step)
    let t97 = t26.times(-2.25, plus: t60)
    let t98 = t43.times(0.5)
    let t99 = t9.times(-1.125, plus: t98)
    let t100 = t97 + t99
    let t101 = t97 - t99
    let t102 = t26.times(-0.25, plus: t60)
    let t103 = t43.times(1.5)
    let t104 = t9.times(-0.375, plus: t103)
    let t105 = t102 + t104
    let t106 = t102 - t104
    let t107 = t9.times(0.5625, plus: t77)
    let t108 = t43.times(-2.5, plus: t107)
    t100.store(v + 5 * step)
    t101.store(v + 6 * step)
    t105.store(v + 7 * step)
    t106.store(v + 8 * step)
    t108.store(v + 9 * step)
    let t109 = t30.times(-2.25, plus: t64)
    let t110 = t47.times(0.5)
    let t111 = t13.times(-1.125, plus: t110)
    let t112 = t109 + t111
    let t113 = t109 - t111
    let t114 = t30.times(-0.25, plus: t64)
    let t115 = t47.times(1.5)
    let t116 = t13.times(-0.375, plus: t115)
    let t117 = t114 + t116
    let t118 = t114 - t116
    let t119 = t13.times(0.5625, plus: t81)
    let t120 = t47.times(-2.5, plus: t119)
    t112.store(v + 10 * step)
    t113.store(v + 11 * step)
    t117.store(v + 12 * step)
    t118.store(v + 13 * step)
    t120.store(v + 14 * step)
    let t121 = t31.times(-2.25, plus: t65)
    let t122 = t48.times(0.5)
    let t123 = t14.times(-1.125, plus: t122)
    let t124 = t121 + t123
    let t125 = t121 - t123
    let t126 = t31.times(-0.25, plus: t65)
    let t127 = t48.times(1.5)
    let t128 = t14.times(-0.375, plus: t127)
    let t129 = t126 + t128
    let t130 = t126 - t128
    let t131 = t14.times(0.5625, plus: t82)
    let t132 = t48.times(-2.5, plus: t131)
    t124.store(v + 15 * step)
    t125.store(v + 16 * step)
    t129.store(v + 17 * step)
    t130.store(v + 18 * step)
    t132.store(v + 19 * step)
    let t133 = t33.times(-2.25, plus: t67)
    let t134 = t50.times(0.5)
    let t135 = t16.times(-1.125, plus: t134)
    let t136 = t133 + t135
    let t137 = t133 - t135
    let t138 = t33.times(-0.25, plus: t67)
    let t139 = t50.times(1.5)
    let t140 = t16.times(-0.375, plus: t139)
    let t141 = t138 + t140
    let t142 = t138 - t140
    let t143 = t16.times(0.5625, plus: t84)
    let t144 = t50.times(-2.5, plus: t143)
    t136.store(v + 20 * step)
    t137.store(v + 21 * step)
    t141.store(v + 22 * step)
    t142.store(v + 23 * step)
    t144.store(v + 24 * step)
  }

  /// 4×4 outputs of 3×3 taps: v[position] = Bᵀ d B of the pixels d of one tile
  @inline(__always)
  static func input4<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    let t1 = L.load(pixels[6] + c)
    let t2 = L.load(pixels[12] + c)
    let t3 = L.load(pixels[18] + c)
    let t4 = L.load(pixels[24] + c)
    let t5 = L.load(pixels[30] + c)
    let t6 = t0.times(0.89361572265625, plus: t4)
    let t7 = t2.times(-2.36328125, plus: t6)
    let t8 = t2.times(-1.890625, plus: t4)
    let t9 = t3.times(0.6875)
    let t10 = t1.times(-1.2998046875, plus: t9)
    let t11 = t8 + t10
    let t12 = t8 - t10
    let t13 = t2.times(-0.47265625, plus: t4)
    let t14 = t3.times(1.375)
    let t15 = t1.times(-0.64990234375, plus: t14)
    let t16 = t13 + t15
    let t17 = t13 - t15
    let t18 = t1.times(0.89361572265625, plus: t5)
    let t19 = t3.times(-2.36328125, plus: t18)
    let t20 = L.load(pixels[1] + c)
    let t21 = L.load(pixels[7] + c)
    let t22 = L.load(pixels[13] + c)
    let t23 = L.load(pixels[19] + c)
    let t24 = L.load(pixels[25] + c)
    let t25 = L.load(pixels[31] + c)
    let t26 = t20.times(0.89361572265625, plus: t24)
    let t27 = t22.times(-2.36328125, plus: t26)
    let t28 = t22.times(-1.890625, plus: t24)
    let t29 = t23.times(0.6875)
    let t30 = t21.times(-1.2998046875, plus: t29)
    let t31 = t28 + t30
    let t32 = t28 - t30
    let t33 = t22.times(-0.47265625, plus: t24)
    let t34 = t23.times(1.375)
    let t35 = t21.times(-0.64990234375, plus: t34)
    let t36 = t33 + t35
    let t37 = t33 - t35
    let t38 = t21.times(0.89361572265625, plus: t25)
    let t39 = t23.times(-2.36328125, plus: t38)
    let t40 = L.load(pixels[2] + c)
    let t41 = L.load(pixels[8] + c)
    let t42 = L.load(pixels[14] + c)
    let t43 = L.load(pixels[20] + c)
    let t44 = L.load(pixels[26] + c)
    let t45 = L.load(pixels[32] + c)
    let t46 = t40.times(0.89361572265625, plus: t44)
    let t47 = t42.times(-2.36328125, plus: t46)
    let t48 = t42.times(-1.890625, plus: t44)
    let t49 = t43.times(0.6875)
    let t50 = t41.times(-1.2998046875, plus: t49)
    let t51 = t48 + t50
    let t52 = t48 - t50
    let t53 = t42.times(-0.47265625, plus: t44)
    let t54 = t43.times(1.375)
    let t55 = t41.times(-0.64990234375, plus: t54)
    let t56 = t53 + t55
    let t57 = t53 - t55
    let t58 = t41.times(0.89361572265625, plus: t45)
    let t59 = t43.times(-2.36328125, plus: t58)
    let t60 = L.load(pixels[3] + c)
    let t61 = L.load(pixels[9] + c)
    let t62 = L.load(pixels[15] + c)
    let t63 = L.load(pixels[21] + c)
    let t64 = L.load(pixels[27] + c)
    let t65 = L.load(pixels[33] + c)
    let t66 = t60.times(0.89361572265625, plus: t64)
    let t67 = t62.times(-2.36328125, plus: t66)
    let t68 = t62.times(-1.890625, plus: t64)
    let t69 = t63.times(0.6875)
    let t70 = t61.times(-1.2998046875, plus: t69)
    let t71 = t68 + t70
    let t72 = t68 - t70
    let t73 = t62.times(-0.47265625, plus: t64)
    let t74 = t63.times(1.375)
    let t75 = t61.times(-0.64990234375, plus: t74)
    let t76 = t73 + t75
    let t77 = t73 - t75
    let t78 = t61.times(0.89361572265625, plus: t65)
    let t79 = t63.times(-2.36328125, plus: t78)
    let t80 = L.load(pixels[4] + c)
    let t81 = L.load(pixels[10] + c)
    let t82 = L.load(pixels[16] + c)
    let t83 = L.load(pixels[22] + c)
    let t84 = L.load(pixels[28] + c)
    let t85 = L.load(pixels[34] + c)
    let t86 = t80.times(0.89361572265625, plus: t84)
    let t87 = t82.times(-2.36328125, plus: t86)
    let t88 = t82.times(-1.890625, plus: t84)
    let t89 = t83.times(0.6875)
    let t90 = t81.times(-1.2998046875, plus: t89)
    let t91 = t88 + t90
    let t92 = t88 - t90
    let t93 = t82.times(-0.47265625, plus: t84)
    let t94 = t83.times(1.375)
    let t95 = t81.times(-0.64990234375, plus: t94)
    let t96 = t93 + t95
    let t97 = t93 - t95
    let t98 = t81.times(0.89361572265625, plus: t85)
    let t99 = t83.times(-2.36328125, plus: t98)
    let t100 = L.load(pixels[5] + c)
    let t101 = L.load(pixels[11] + c)
    let t102 = L.load(pixels[17] + c)
    let t103 = L.load(pixels[23] + c)
    let t104 = L.load(pixels[29] + c)
    let t105 = L.load(pixels[35] + c)
    let t106 = t100.times(0.89361572265625, plus: t104)
    let t107 = t102.times(-2.36328125, plus: t106)
    let t108 = t102.times(-1.890625, plus: t104)
    let t109 = t103.times(0.6875)
    let t110 = t101.times(-1.2998046875, plus: t109)
    let t111 = t108 + t110
    let t112 = t108 - t110
    let t113 = t102.times(-0.47265625, plus: t104)
    let t114 = t103.times(1.375)
    let t115 = t101.times(-0.64990234375, plus: t114)
    let t116 = t113 + t115
    let t117 = t113 - t115
    let t118 = t101.times(0.89361572265625, plus: t105)
    let t119 = t103.times(-2.36328125, plus: t118)
    let t120 = t7.times(0.89361572265625, plus: t87)
    let t121 = t47.times(-2.36328125, plus: t120)
    let t122 = t47.times(-1.890625, plus: t87)
    let t123 = t67.times(0.6875)
    let t124 = t27.times(-1.2998046875, plus: t123)
    let t125 = t122 + t124
    let t126 = t122 - t124
    let t127 = t47.times(-0.47265625, plus: t87)
    let t128 = t67.times(1.375)
    let t129 = t27.times(-0.64990234375, plus: t128)
    let t130 = t127 + t129
    let t131 = t127 - t129
    let t132 = t27.times(0.89361572265625, plus: t107)
    let t133 = t67.times(-2.36328125, plus: t132)
    t121.store(v + 0 * step)
    t125.store(v + 1 * step)
    t126.store(v + 2 * step)
    t130.store(v + 3 * step)
    t131.store(v + 4 * step)
    t133.store(v + 5 * step)
    let t134 = t11.times(0.89361572265625, plus: t91)
    let t135 = t51.times(-2.36328125, plus: t134)
    let t136 = t51.times(-1.890625, plus: t91)
    let t137 = t71.times(0.6875)
    let t138 = t31.times(-1.2998046875, plus: t137)
    let t139 = t136 + t138
    let t140 = t136 - t138
    let t141 = t51.times(-0.47265625, plus: t91)
    let t142 = t71.times(1.375)
    let t143 = t31.times(-0.64990234375, plus: t142)
    let t144 = t141 + t143
    let t145 = t141 - t143
    let t146 = t31.times(0.89361572265625, plus: t111)
    let t147 = t71.times(-2.36328125, plus: t146)
    t135.store(v + 6 * step)
    t139.store(v + 7 * step)
    t140.store(v + 8 * step)
    t144.store(v + 9 * step)
    t145.store(v + 10 * step)
    t147.store(v + 11 * step)
    let t148 = t12.times(0.89361572265625, plus: t92)
    let t149 = t52.times(-2.36328125, plus: t148)
    let t150 = t52.times(-1.890625, plus: t92)
    let t151 = t72.times(0.6875)
    let t152 = t32.times(-1.2998046875, plus: t151)
    let t153 = t150 + t152
    let t154 = t150 - t152
    let t155 = t52.times(-0.47265625, plus: t92)
    let t156 = t72.times(1.375)
    let t157 = t32.times(-0.64990234375, plus: t156)
    let t158 = t155 + t157
    let t159 = t155 - t157
    let t160 = t32.times(0.89361572265625, plus: t112)
    let t161 = t72.times(-2.36328125, plus: t160)
    t149.store(v + 12 * step)
    t153.store(v + 13 * step)
    t154.store(v + 14 * step)
    t158.store(v + 15 * step)
    t159.store(v + 16 * step)
    t161.store(v + 17 * step)
    let t162 = t16.times(0.89361572265625, plus: t96)
    let t163 = t56.times(-2.36328125, plus: t162)
    let t164 = t56.times(-1.890625, plus: t96)
    let t165 = t76.times(0.6875)
    let t166 = t36.times(-1.2998046875, plus: t165)
    let t167 = t164 + t166
    let t168 = t164 - t166
    let t169 = t56.times(-0.47265625, plus: t96)
    let t170 = t76.times(1.375)
    let t171 = t36.times(-0.64990234375, plus: t170)
    let t172 = t169 + t171
    let t173 = t169 - t171
    let t174 = t36.times(0.89361572265625, plus: t116)
    let t175 = t76.times(-2.36328125, plus: t174)
    t163.store(v + 18 * step)
    t167.store(v + 19 * step)
    t168.store(v + 20 * step)
    t172.store(v + 21 * step)
    t173.store(v + 22 * step)
    t175.store(v + 23 * step)
    let t176 = t17.times(0.89361572265625, plus: t97)
    let t177 = t57.times(-2.36328125, plus: t176)
    let t178 = t57.times(-1.890625, plus: t97)
    let t179 = t77.times(0.6875)
    let t180 = t37.times(-1.2998046875, plus: t179)
    let t181 = t178 + t180
    let t182 = t178 - t180
    let t183 = t57.times(-0.47265625, plus: t97)
    let t184 = t77.times(1.375)
    let t185 = t37.times(-0.64990234375, plus: t184)
    let t186 = t183 + t185
    let t187 = t183 - t185
    let t188 = t37.times(0.89361572265625, plus: t117)
    let t189 = t77.times(-2.36328125, plus: t188)
    t177.store(v + 24 * step)
    t181.store(v + 25 * step)
    t182.store(v + 26 * step)
    t186.store(v + 27 * step)
    t187.store(v + 28 * step)
    t189.store(v + 29 * step)
    let t190 = t19.times(0.89361572265625, plus: t99)
    let t191 = t59.times(-2.36328125, plus: t190)
    let t192 = t59.times(-1.890625, plus: t99)
    let t193 = t79.times(0.6875)
    let t194 = t39.times(-1.2998046875, plus: t193)
    let t195 = t192 + t194
    let t196 = t192 - t194
    let t197 = t59.times(-0.47265625, plus: t99)
    let t198 = t79.times(1.375)
    let t199 = t39.times(-0.64990234375, plus: t198)
    let t200 = t197 + t199
    let t201 = t197 - t199
    let t202 = t39.times(0.89361572265625, plus: t119)
    let t203 = t79.times(-2.36328125, plus: t202)
    t191.store(v + 30 * step)
    t195.store(v + 31 * step)
    t196.store(v + 32 * step)
    t200.store(v + 33 * step)
    t201.store(v + 34 * step)
    t203.store(v + 35 * step)
  }

  /// 6×6 outputs of 3×3 taps: v[position] = Bᵀ d B of the pixels d of one tile
  @inline(__always)
  static func input6<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    let t1 = L.load(pixels[8] + c)
    let t2 = L.load(pixels[16] + c)
    let t3 = L.load(pixels[24] + c)
    let t4 = L.load(pixels[32] + c)
    let t5 = L.load(pixels[40] + c)
    let t6 = L.load(pixels[48] + c)
    let t7 = L.load(pixels[56] + c)
    let t8 = t6 - t0
    let t9 = t2.times(5.25, plus: t8)
    let t10 = t4.times(-5.25, plus: t9)
    let t11 = t2.times(4.0, plus: t6)
    let t12 = t4.times(-5.0, plus: t11)
    let t13 = t1.times(2.0)
    let t14 = t5.times(0.5, plus: t13)
    let t15 = t3.times(-2.5, plus: t14)
    let t16 = t12 + t15
    let t17 = t12 - t15
    let t18 = t2 + t6
    let t19 = t4.times(-4.25, plus: t18)
    let t20 = t1 + t5
    let t21 = t3.times(-4.25, plus: t20)
    let t22 = t19 + t21
    let t23 = t19 - t21
    let t24 = t2.times(0.25, plus: t6)
    let t25 = t4.times(-1.25, plus: t24)
    let t26 = t1.times(0.5)
    let t27 = t5.times(2.0, plus: t26)
    let t28 = t3.times(-2.5, plus: t27)
    let t29 = t25 + t28
    let t30 = t25 - t28
    let t31 = t7 - t1
    let t32 = t3.times(5.25, plus: t31)
    let t33 = t5.times(-5.25, plus: t32)
    let t34 = L.load(pixels[1] + c)
    let t35 = L.load(pixels[9] + c)
    let t36 = L.load(pixels[17] + c)
    let t37 = L.load(pixels[25] + c)
    let t38 = L.load(pixels[33] + c)
    let t39 = L.load(pixels[41] + c)
    let t40 = L.load(pixels[49] + c)
    let t41 = L.load(pixels[57] + c)
    let t42 = t40 - t34
    let t43 = t36.times(5.25, plus: t42)
    let t44 = t38.times(-5.25, plus: t43)
    let t45 = t36.times(4.0, plus: t40)
    let t46 = t38.times(-5.0, plus: t45)
    let t47 = t35.times(2.0)
    let t48 = t39.times(0.5, plus: t47)
    let t49 = t37.times(-2.5, plus: t48)
    let t50 = t46 + t49
    let t51 = t46 - t49
    let t52 = t36 + t40
    let t53 = t38.times(-4.25, plus: t52)
    let t54 = t35 + t39
    let t55 = t37.times(-4.25, plus: t54)
    let t56 = t53 + t55
    let t57 = t53 - t55
    let t58 = t36.times(0.25, plus: t40)
    let t59 = t38.times(-1.25, plus: t58)
    let t60 = t35.times(0.5)
    let t61 = t39.times(2.0, plus: t60)
    let t62 = t37.times(-2.5, plus: t61)
    let t63 = t59 + t62
    let t64 = t59 - t62
    let t65 = t41 - t35
    let t66 = t37.times(5.25, plus: t65)
    let t67 = t39.times(-5.25, plus: t66)
    let t68 = L.load(pixels[2] + c)
    let t69 = L.load(pixels[10] + c)
    let t70 = L.load(pixels[18] + c)
    let t71 = L.load(pixels[26] + c)
    let t72 = L.load(pixels[34] + c)
    let t73 = L.load(pixels[42] + c)
    let t74 = L.load(pixels[50] + c)
    let t75 = L.load(pixels[58] + c)
    let t76 = t74 - t68
    let t77 = t70.times(5.25, plus: t76)
    let t78 = t72.times(-5.25, plus: t77)
    let t79 = t70.times(4.0, plus: t74)
    let t80 = t72.times(-5.0, plus: t79)
    let t81 = t69.times(2.0)
    let t82 = t73.times(0.5, plus: t81)
    let t83 = t71.times(-2.5, plus: t82)
    let t84 = t80 + t83
    let t85 = t80 - t83
    let t86 = t70 + t74
    let t87 = t72.times(-4.25, plus: t86)
    let t88 = t69 + t73
    let t89 = t71.times(-4.25, plus: t88)
    let t90 = t87 + t89
    let t91 = t87 - t89
    let t92 = t70.times(0.25, plus: t74)
    let t93 = t72.times(-1.25, plus: t92)
    let t94 = t69.times(0.5)
    let t95 = t73.times(2.0, plus: t94)
    let t96 = t71.times(-2.5, plus: t95)
    let t97 = t93 + t96
    let t98 = t93 - t96
    let t99 = t75 - t69
    let t100 = t71.times(5.25, plus: t99)
    let t101 = t73.times(-5.25, plus: t100)
    let t102 = L.load(pixels[3] + c)
    let t103 = L.load(pixels[11] + c)
    let t104 = L.load(pixels[19] + c)
    let t105 = L.load(pixels[27] + c)
    let t106 = L.load(pixels[35] + c)
    let t107 = L.load(pixels[43] + c)
    let t108 = L.load(pixels[51] + c)
    let t109 = L.load(pixels[59] + c)
    let t110 = t108 - t102
    let t111 = t104.times(5.25, plus: t110)
    let t112 = t106.times(-5.25, plus: t111)
    let t113 = t104.times(4.0, plus: t108)
    let t114 = t106.times(-5.0, plus: t113)
    let t115 = t103.times(2.0)
    let t116 = t107.times(0.5, plus: t115)
    let t117 = t105.times(-2.5, plus: t116)
    let t118 = t114 + t117
    let t119 = t114 - t117
    let t120 = t104 + t108
    let t121 = t106.times(-4.25, plus: t120)
    let t122 = t103 + t107
    let t123 = t105.times(-4.25, plus: t122)
    let t124 = t121 + t123
    let t125 = t121 - t123
    let t126 = t104.times(0.25, plus: t108)
    let t127 = t106.times(-1.25, plus: t126)
    let t128 = t103.times(0.5)
    let t129 = t107.times(2.0, plus: t128)
    let t130 = t105.times(-2.5, plus: t129)
    let t131 = t127 + t130
    let t132 = t127 - t130
    let t133 = t109 - t103
    let t134 = t105.times(5.25, plus: t133)
    let t135 = t107.times(-5.25, plus: t134)
    let t136 = L.load(pixels[4] + c)
    let t137 = L.load(pixels[12] + c)
    let t138 = L.load(pixels[20] + c)
    let t139 = L.load(pixels[28] + c)
    let t140 = L.load(pixels[36] + c)
    let t141 = L.load(pixels[44] + c)
    let t142 = L.load(pixels[52] + c)
    let t143 = L.load(pixels[60] + c)
    let t144 = t142 - t136
    let t145 = t138.times(5.25, plus: t144)
    let t146 = t140.times(-5.25, plus: t145)
    let t147 = t138.times(4.0, plus: t142)
    let t148 = t140.times(-5.0, plus: t147)
    let t149 = t137.times(2.0)
    let t150 = t141.times(0.5, plus: t149)
    let t151 = t139.times(-2.5, plus: t150)
    let t152 = t148 + t151
    let t153 = t148 - t151
    let t154 = t138 + t142
    let t155 = t140.times(-4.25, plus: t154)
    let t156 = t137 + t141
    let t157 = t139.times(-4.25, plus: t156)
    let t158 = t155 + t157
    let t159 = t155 - t157
    let t160 = t138.times(0.25, plus: t142)
    let t161 = t140.times(-1.25, plus: t160)
    let t162 = t137.times(0.5)
    let t163 = t141.times(2.0, plus: t162)
    let t164 = t139.times(-2.5, plus: t163)
    let t165 = t161 + t164
    let t166 = t161 - t164
    let t167 = t143 - t137
    let t168 = t139.times(5.25, plus: t167)
    let t169 = t141.times(-5.25, plus: t168)
    let t170 = L.load(pixels[5] + c)
    let t171 = L.load(pixels[13] + c)
    let t172 = L.load(pixels[21] + c)
    let t173 = L.load(pixels[29] + c)
    let t174 = L.load(pixels[37] + c)
    let t175 = L.load(pixels[45] + c)
    let t176 = L.load(pixels[53] + c)
    let t177 = L.load(pixels[61] + c)
    let t178 = t176 - t170
    let t179 = t172.times(5.25, plus: t178)
    let t180 = t174.times(-5.25, plus: t179)
    let t181 = t172.times(4.0, plus: t176)
    let t182 = t174.times(-5.0, plus: t181)
    let t183 = t171.times(2.0)
    let t184 = t175.times(0.5, plus: t183)
    let t185 = t173.times(-2.5, plus: t184)
    let t186 = t182 + t185
    let t187 = t182 - t185
    let t188 = t172 + t176
    let t189 = t174.times(-4.25, plus: t188)
    let t190 = t171 + t175
    let t191 = t173.times(-4.25, plus: t190)
    let t192 = t189 + t191
    let t193 = t189 - t191
    let t194 = t172.times(0.25, plus: t176)
    let t195 = t174.times(-1.25, plus: t194)
    let t196 = t171.times(0.5)
    let t197 = t175.times(2.0, plus: t196)
    let t198 = t173.times(-2.5, plus: t197)
    let t199 = t195 + t198
    let t200 = t195 - t198
    let t201 = t177 - t171
    let t202 = t173.times(5.25, plus: t201)
    let t203 = t175.times(-5.25, plus: t202)
    let t204 = L.load(pixels[6] + c)
    let t205 = L.load(pixels[14] + c)
    let t206 = L.load(pixels[22] + c)
    let t207 = L.load(pixels[30] + c)
    let t208 = L.load(pixels[38] + c)
    let t209 = L.load(pixels[46] + c)
    let t210 = L.load(pixels[54] + c)
    let t211 = L.load(pixels[62] + c)
    let t212 = t210 - t204
    let t213 = t206.times(5.25, plus: t212)
    let t214 = t208.times(-5.25, plus: t213)
    let t215 = t206.times(4.0, plus: t210)
    let t216 = t208.times(-5.0, plus: t215)
    let t217 = t205.times(2.0)
    let t218 = t209.times(0.5, plus: t217)
    let t219 = t207.times(-2.5, plus: t218)
    let t220 = t216 + t219
    let t221 = t216 - t219
    let t222 = t206 + t210
    let t223 = t208.times(-4.25, plus: t222)
    let t224 = t205 + t209
    let t225 = t207.times(-4.25, plus: t224)
    let t226 = t223 + t225
    let t227 = t223 - t225
    let t228 = t206.times(0.25, plus: t210)
    let t229 = t208.times(-1.25, plus: t228)
    let t230 = t205.times(0.5)
    let t231 = t209.times(2.0, plus: t230)
    let t232 = t207.times(-2.5, plus: t231)
    let t233 = t229 + t232
    let t234 = t229 - t232
    let t235 = t211 - t205
    let t236 = t207.times(5.25, plus: t235)
    let t237 = t209.times(-5.25, plus: t236)
    let t238 = L.load(pixels[7] + c)
    let t239 = L.load(pixels[15] + c)
    let t240 = L.load(pixels[23] + c)
    let t241 = L.load(pixels[31] + c)
    let t242 = L.load(pixels[39] + c)
    let t243 = L.load(pixels[47] + c)
    let t244 = L.load(pixels[55] + c)
    let t245 = L.load(pixels[63] + c)
    let t246 = t244 - t238
    let t247 = t240.times(5.25, plus: t246)
    let t248 = t242.times(-5.25, plus: t247)
    let t249 = t240.times(4.0, plus: t244)
    let t250 = t242.times(-5.0, plus: t249)
    let t251 = t239.times(2.0)
    let t252 = t243.times(0.5, plus: t251)
    let t253 = t241.times(-2.5, plus: t252)
    let t254 = t250 + t253
    let t255 = t250 - t253
    let t256 = t240 + t244
    let t257 = t242.times(-4.25, plus: t256)
    let t258 = t239 + t243
    let t259 = t241.times(-4.25, plus: t258)
    let t260 = t257 + t259
    let t261 = t257 - t259
    let t262 = t240.times(0.25, plus: t244)
    let t263 = t242.times(-1.25, plus: t262)
    let t264 = t239.times(0.5)
    let t265 = t243.times(2.0, plus: t264)
    let t266 = t241.times(-2.5, plus: t265)
    let t267 = t263 + t266
    let t268 = t263 - t266
    let t269 = t245 - t239
    let t270 = t241.times(5.25, plus: t269)
    let t271 = t243.times(-5.25, plus: t270)
    let t272 = t214 - t10
    let t273 = t78.times(5.25, plus: t272)
    let t274 = t146.times(-5.25, plus: t273)
    let t275 = t78.times(4.0, plus: t214)
    let t276 = t146.times(-5.0, plus: t275)
    let t277 = t44.times(2.0)
    let t278 = t180.times(0.5, plus: t277)
    let t279 = t112.times(-2.5, plus: t278)
    let t280 = t276 + t279
    let t281 = t276 - t279
    let t282 = t78 + t214
    let t283 = t146.times(-4.25, plus: t282)
    let t284 = t44 + t180
    let t285 = t112.times(-4.25, plus: t284)
    let t286 = t283 + t285
    let t287 = t283 - t285
    let t288 = t78.times(0.25, plus: t214)
    let t289 = t146.times(-1.25, plus: t288)
    let t290 = t44.times(0.5)
    let t291 = t180.times(2.0, plus: t290)
    let t292 = t112.times(-2.5, plus: t291)
    let t293 = t289 + t292
    let t294 = t289 - t292
    let t295 = t248 - t44
    let t296 = t112.times(5.25, plus: t295)
    let t297 = t180.times(-5.25, plus: t296)
    t274.store(v + 0 * step)
    t280.store(v + 1 * step)
    t281.store(v + 2 * step)
    t286.store(v + 3 * step)
    t287.store(v + 4 * step)
    t293.store(v + 5 * step)
    t294.store(v + 6 * step)
    t297.store(v + 7 * step)
    let t298 = t220 - t16
    let t299 = t84.times(5.25, plus: t298)
    let t300 = t152.times(-5.25, plus: t299)
    let t301 = t84.times(4.0, plus: t220)
    let t302 = t152.times(-5.0, plus: t301)
    let t303 = t50.times(2.0)
    let t304 = t186.times(0.5, plus: t303)
    let t305 = t118.times(-2.5, plus: t304)
    let t306 = t302 + t305
    let t307 = t302 - t305
    let t308 = t84 + t220
    let t309 = t152.times(-4.25, plus: t308)
    let t310 = t50 + t186
    let t311 = t118.times(-4.25, plus: t310)
    let t312 = t309 + t311
    let t313 = t309 - t311
    let t314 = t84.times(0.25, plus: t220)
    let t315 = t152.times(-1.25, plus: t314)
    let t316 = t50.times(0.5)
    let t317 = t186.times(2.0, plus: t316)
    let t318 = t118.times(-2.5, plus: t317)
    let t319 = t315 + t318
    let t320 = t315 - t318
    let t321 = t254 - t50
    let t322 = t118.times(5.25, plus: t321)
    let t323 = t186.times(-5.25, plus: t322)
    t300.store(v + 8 * step)
    t306.store(v + 9 * step)
    t307.store(v + 10 * step)
    t312.store(v + 11 * step)
    t313.store(v + 12 * step)
    t319.store(v + 13 * step)
    t320.store(v + 14 * step)
    t323.store(v + 15 * step)
    let t324 = t221 - t17
    let t325 = t85.times(5.25, plus: t324)
    let t326 = t153.times(-5.25, plus: t325)
    let t327 = t85.times(4.0, plus: t221)
    let t328 = t153.times(-5.0, plus: t327)
    let t329 = t51.times(2.0)
    let t330 = t187.times(0.5, plus: t329)
    let t331 = t119.times(-2.5, plus: t330)
    let t332 = t328 + t331
    let t333 = t328 - t331
    let t334 = t85 + t221
    let t335 = t153.times(-4.25, plus: t334)
    let t336 = t51 + t187
    let t337 = t119.times(-4.25, plus: t336)
    let t338 = t335 + t337
    let t339 = t335 - t337
    let t340 = t85.times(0.25, plus: t221)
    let t341 = t153.times(-1.25, plus: t340)
    let t342 = t51.times(0.5)
    let t343 = t187.times(2.0, plus: t342)
    let t344 = t119.times(-2.5, plus: t343)
    let t345 = t341 + t344
    let t346 = t341 - t344
    let t347 = t255 - t51
    let t348 = t119.times(5.25, plus: t347)
    let t349 = t187.times(-5.25, plus: t348)
    t326.store(v + 16 * step)
    t332.store(v + 17 * step)
    t333.store(v + 18 * step)
    t338.store(v + 19 * step)
    t339.store(v + 20 * step)
    t345.store(v + 21 * step)
    t346.store(v + 22 * step)
    t349.store(v + 23 * step)
    let t350 = t226 - t22
    let t351 = t90.times(5.25, plus: t350)
    let t352 = t158.times(-5.25, plus: t351)
    let t353 = t90.times(4.0, plus: t226)
    let t354 = t158.times(-5.0, plus: t353)
    let t355 = t56.times(2.0)
    let t356 = t192.times(0.5, plus: t355)
    let t357 = t124.times(-2.5, plus: t356)
    let t358 = t354 + t357
    let t359 = t354 - t357
    let t360 = t90 + t226
    let t361 = t158.times(-4.25, plus: t360)
    let t362 = t56 + t192
    let t363 = t124.times(-4.25, plus: t362)
    let t364 = t361 + t363
    let t365 = t361 - t363
    let t366 = t90.times(0.25, plus: t226)
    let t367 = t158.times(-1.25, plus: t366)
    let t368 = t56.times(0.5)
    let t369 = t192.times(2.0, plus: t368)
    let t370 = t124.times(-2.5, plus: t369)
    let t371 = t367 + t370
    let t372 = t367 - t370
    let t373 = t260 - t56
    let t374 = t124.times(5.25, plus: t373)
    let t375 = t192.times(-5.25, plus: t374)
    t352.store(v + 24 * step)
    t358.store(v + 25 * step)
    t359.store(v + 26 * step)
    t364.store(v + 27 * step)
    t365.store(v + 28 * step)
    t371.store(v + 29 * step)
    t372.store(v + 30 * step)
    t375.store(v + 31 * step)
    let t376 = t227 - t23
    let t377 = t91.times(5.25, plus: t376)
    let t378 = t159.times(-5.25, plus: t377)
    let t379 = t91.times(4.0, plus: t227)
    let t380 = t159.times(-5.0, plus: t379)
    let t381 = t57.times(2.0)
    let t382 = t193.times(0.5, plus: t381)
    let t383 = t125.times(-2.5, plus: t382)
    let t384 = t380 + t383
    let t385 = t380 - t383
    let t386 = t91 + t227
    let t387 = t159.times(-4.25, plus: t386)
    let t388 = t57 + t193
    let t389 = t125.times(-4.25, plus: t388)
    let t390 = t387 + t389
    let t391 = t387 - t389
    let t392 = t91.times(0.25, plus: t227)
    let t393 = t159.times(-1.25, plus: t392)
    let t394 = t57.times(0.5)
    let t395 = t193.times(2.0, plus: t394)
    let t396 = t125.times(-2.5, plus: t395)
    let t397 = t393 + t396
    let t398 = t393 - t396
    let t399 = t261 - t57
    let t400 = t125.times(5.25, plus: t399)
    let t401 = t193.times(-5.25, plus: t400)
    t378.store(v + 32 * step)
    t384.store(v + 33 * step)
    t385.store(v + 34 * step)
    t390.store(v + 35 * step)
    t391.store(v + 36 * step)
    t397.store(v + 37 * step)
    t398.store(v + 38 * step)
    t401.store(v + 39 * step)
    let t402 = t233 - t29
    let t403 = t97.times(5.25, plus: t402)
    let t404 = t165.times(-5.25, plus: t403)
    let t405 = t97.times(4.0, plus: t233)
    let t406 = t165.times(-5.0, plus: t405)
    let t407 = t63.times(2.0)
    let t408 = t199.times(0.5, plus: t407)
    let t409 = t131.times(-2.5, plus: t408)
    let t410 = t406 + t409
    let t411 = t406 - t409
    let t412 = t97 + t233
    let t413 = t165.times(-4.25, plus: t412)
    let t414 = t63 + t199
    let t415 = t131.times(-4.25, plus: t414)
    let t416 = t413 + t415
    let t417 = t413 - t415
    let t418 = t97.times(0.25, plus: t233)
    let t419 = t165.times(-1.25, plus: t418)
    let t420 = t63.times(0.5)
    let t421 = t199.times(2.0, plus: t420)
    let t422 = t131.times(-2.5, plus: t421)
    let t423 = t419 + t422
    let t424 = t419 - t422
    let t425 = t267 - t63
    let t426 = t131.times(5.25, plus: t425)
    let t427 = t199.times(-5.25, plus: t426)
    t404.store(v + 40 * step)
    t410.store(v + 41 * step)
    t411.store(v + 42 * step)
    t416.store(v + 43 * step)
    t417.store(v + 44 * step)
    t423.store(v + 45 * step)
    t424.store(v + 46 * step)
    t427.store(v + 47 * step)
    let t428 = t234 - t30
    let t429 = t98.times(5.25, plus: t428)
    let t430 = t166.times(-5.25, plus: t429)
    let t431 = t98.times(4.0, plus: t234)
    let t432 = t166.times(-5.0, plus: t431)
    let t433 = t64.times(2.0)
    let t434 = t200.times(0.5, plus: t433)
    let t435 = t132.times(-2.5, plus: t434)
    let t436 = t432 + t435
    let t437 = t432 - t435
    let t438 = t98 + t234
    let t439 = t166.times(-4.25, plus: t438)
    let t440 = t64 + t200
    let t441 = t132.times(-4.25, plus: t440)
    let t442 = t439 + t441
    let t443 = t439 - t441
    let t444 = t98.times(0.25, plus: t234)
    let t445 = t166.times(-1.25, plus: t444)
    let t446 = t64.times(0.5)
    let t447 = t200.times(2.0, plus: t446)
    let t448 = t132.times(-2.5, plus: t447)
    let t449 = t445 + t448
    let t450 = t445 - t448
    let t451 = t268 - t64
    let t452 = t132.times(5.25, plus: t451)
    let t453 = t200.times(-5.25, plus: t452)
    t430.store(v + 48 * step)
    t436.store(v + 49 * step)
    t437.store(v + 50 * step)
    t442.store(v + 51 * step)
    t443.store(v + 52 * step)
    t449.store(v + 53 * step)
    t450.store(v + 54 * step)
    t453.store(v + 55 * step)
    let t454 = t237 - t33
    let t455 = t101.times(5.25, plus: t454)
    let t456 = t169.times(-5.25, plus: t455)
    let t457 = t101.times(4.0, plus: t237)
    let t458 = t169.times(-5.0, plus: t457)
    let t459 = t67.times(2.0)
    let t460 = t203.times(0.5, plus: t459)
    let t461 = t135.times(-2.5, plus: t460)
    let t462 = t458 + t461
    let t463 = t458 - t461
    let t464 = t101 + t237
    let t465 = t169.times(-4.25, plus: t464)
    let t466 = t67 + t203
    let t467 = t135.times(-4.25, plus: t466)
    let t468 = t465 + t467
    let t469 = t465 - t467
    let t470 = t101.times(0.25, plus: t237)
    let t471 = t169.times(-1.25, plus: t470)
    let t472 = t67.times(0.5)
    let t473 = t203.times(2.0, plus: t472)
    let t474 = t135.times(-2.5, plus: t473)
    let t475 = t471 + t474
    let t476 = t471 - t474
    let t477 = t271 - t67
    let t478 = t135.times(5.25, plus: t477)
    let t479 = t203.times(-5.25, plus: t478)
    t456.store(v + 56 * step)
    t462.store(v + 57 * step)
    t463.store(v + 58 * step)
    t468.store(v + 59 * step)
    t469.store(v + 60 * step)
    t475.store(v + 61 * step)
    t476.store(v + 62 * step)
    t479.store(v + 63 * step)
  }

  /// 2×2 outputs of 3×3 taps, stride 2: v[position] = Bᵀ d B of the pixels d of one tile
  @inline(__always)
  static func stridedInput2<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    let t1 = L.load(pixels[5] + c)
    let t2 = L.load(pixels[10] + c)
    let t3 = L.load(pixels[15] + c)
    let t4 = L.load(pixels[20] + c)
    let t5 = t0 + t2
    let t6 = t2 + t4
    let t7 = L.load(pixels[1] + c)
    let t8 = L.load(pixels[6] + c)
    let t9 = L.load(pixels[11] + c)
    let t10 = L.load(pixels[16] + c)
    let t11 = L.load(pixels[21] + c)
    let t12 = t7 + t9
    let t13 = t9 + t11
    let t14 = L.load(pixels[2] + c)
    let t15 = L.load(pixels[7] + c)
    let t16 = L.load(pixels[12] + c)
    let t17 = L.load(pixels[17] + c)
    let t18 = L.load(pixels[22] + c)
    let t19 = t14 + t16
    let t20 = t16 + t18
    let t21 = L.load(pixels[3] + c)
    let t22 = L.load(pixels[8] + c)
    let t23 = L.load(pixels[13] + c)
    let t24 = L.load(pixels[18] + c)
    let t25 = L.load(pixels[23] + c)
    let t26 = t21 + t23
    let t27 = t23 + t25
    let t28 = L.load(pixels[4] + c)
    let t29 = L.load(pixels[9] + c)
    let t30 = L.load(pixels[14] + c)
    let t31 = L.load(pixels[19] + c)
    let t32 = L.load(pixels[24] + c)
    let t33 = t28 + t30
    let t34 = t30 + t32
    let t35 = t5 + t19
    let t36 = t19 + t33
    t35.store(v + 0 * step)
    t19.store(v + 1 * step)
    t36.store(v + 2 * step)
    t12.store(v + 3 * step)
    t26.store(v + 4 * step)
    let t37 = t2 + t16
    let t38 = t16 + t30
    t37.store(v + 5 * step)
    t16.store(v + 6 * step)
    t38.store(v + 7 * step)
    t9.store(v + 8 * step)
    t23.store(v + 9 * step)
    let t39 = t6 + t20
    let t40 = t20 + t34
    t39.store(v + 10 * step)
    t20.store(v + 11 * step)
    t40.store(v + 12 * step)
    t13.store(v + 13 * step)
    t27.store(v + 14 * step)
    let t41 = t1 + t15
    let t42 = t15 + t29
    t41.store(v + 15 * step)
    t15.store(v + 16 * step)
    t42.store(v + 17 * step)
    t8.store(v + 18 * step)
    t22.store(v + 19 * step)
    let t43 = t3 + t17
    let t44 = t17 + t31
    t43.store(v + 20 * step)
    t17.store(v + 21 * step)
    t44.store(v + 22 * step)
    t10.store(v + 23 * step)
    t24.store(v + 24 * step)
  }

  /// 3×3 outputs of 3×3 taps, stride 2: v[position] = Bᵀ d B of the pixels d of one tile
  @inline(__always)
  static func stridedInput3<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    let t1 = L.load(pixels[7] + c)
    let t2 = L.load(pixels[14] + c)
    let t3 = L.load(pixels[21] + c)
    let t4 = L.load(pixels[28] + c)
    let t5 = L.load(pixels[35] + c)
    let t6 = L.load(pixels[42] + c)
    let t7 = t4 - t0
    let t8 = t4 + t2
    let t9 = t4 - t2
    let t10 = t6 - t2
    let t11 = L.load(pixels[1] + c)
    let t12 = L.load(pixels[8] + c)
    let t13 = L.load(pixels[15] + c)
    let t14 = L.load(pixels[22] + c)
    let t15 = L.load(pixels[29] + c)
    let t16 = L.load(pixels[36] + c)
    let t17 = L.load(pixels[43] + c)
    let t18 = t15 - t11
    let t19 = t15 + t13
    let t20 = t15 - t13
    let t21 = t17 - t13
    let t22 = L.load(pixels[2] + c)
    let t23 = L.load(pixels[9] + c)
    let t24 = L.load(pixels[16] + c)
    let t25 = L.load(pixels[23] + c)
    let t26 = L.load(pixels[30] + c)
    let t27 = L.load(pixels[37] + c)
    let t28 = L.load(pixels[44] + c)
    let t29 = t26 - t22
    let t30 = t26 + t24
    let t31 = t26 - t24
    let t32 = t28 - t24
    let t33 = L.load(pixels[3] + c)
    let t34 = L.load(pixels[10] + c)
    let t35 = L.load(pixels[17] + c)
    let t36 = L.load(pixels[24] + c)
    let t37 = L.load(pixels[31] + c)
    let t38 = L.load(pixels[38] + c)
    let t39 = L.load(pixels[45] + c)
    let t40 = t37 - t33
    let t41 = t37 + t35
    let t42 = t37 - t35
    let t43 = t39 - t35
    let t44 = L.load(pixels[4] + c)
    let t45 = L.load(pixels[11] + c)
    let t46 = L.load(pixels[18] + c)
    let t47 = L.load(pixels[25] + c)
    let t48 = L.load(pixels[32] + c)
    let t49 = L.load(pixels[39] + c)
    let t50 = L.load(pixels[46] + c)
    let t51 = t48 - t44
    let t52 = t48 + t46
    let t53 = t48 - t46
    let t54 = t50 - t46
    let t55 = L.load(pixels[5] + c)
    let t56 = L.load(pixels[12] + c)
    let t57 = L.load(pixels[19] + c)
    let t58 = L.load(pixels[26] + c)
    let t59 = L.load(pixels[33] + c)
    let t60 = L.load(pixels[40] + c)
    let t61 = L.load(pixels[47] + c)
    let t62 = t59 - t55
    let t63 = t59 + t57
    let t64 = t59 - t57
    let t65 = t61 - t57
    let t66 = L.load(pixels[6] + c)
    let t67 = L.load(pixels[13] + c)
    let t68 = L.load(pixels[20] + c)
    let t69 = L.load(pixels[27] + c)
    let t70 = L.load(pixels[34] + c)
    let t71 = L.load(pixels[41] + c)
    let t72 = L.load(pixels[48] + c)
    let t73 = t70 - t66
    let t74 = t70 + t68
    let t75 = t70 - t68
    let t76 = t72 - t68
    let t77 = t51 - t7
    let t78 = t51 + t29
    let t79 = t51 - t29
    let t80 = t73 - t29
    t77.store(v + 0 * step)
    t78.store(v + 1 * step)
    t79.store(v + 2 * step)
    t80.store(v + 3 * step)
    t18.store(v + 4 * step)
    t40.store(v + 5 * step)
    t62.store(v + 6 * step)
    let t81 = t52 - t8
    let t82 = t52 + t30
    let t83 = t52 - t30
    let t84 = t74 - t30
    t81.store(v + 7 * step)
    t82.store(v + 8 * step)
    t83.store(v + 9 * step)
    t84.store(v + 10 * step)
    t19.store(v + 11 * step)
    t41.store(v + 12 * step)
    t63.store(v + 13 * step)
    let t85 = t53 - t9
    let t86 = t53 + t31
    let t87 = t53 - t31
    let t88 = t75 - t31
    t85.store(v + 14 * step)
    t86.store(v + 15 * step)
    t87.store(v + 16 * step)
    t88.store(v + 17 * step)
    t20.store(v + 18 * step)
    t42.store(v + 19 * step)
    t64.store(v + 20 * step)
    let t89 = t54 - t10
    let t90 = t54 + t32
    let t91 = t54 - t32
    let t92 = t76 - t32
    t89.store(v + 21 * step)
    t90.store(v + 22 * step)
    t91.store(v + 23 * step)
    t92.store(v + 24 * step)
    t21.store(v + 25 * step)
    t43.store(v + 26 * step)
    t65.store(v + 27 * step)
    let t93 = t45 - t1
    let t94 = t45 + t23
    let t95 = t45 - t23
    let t96 = t67 - t23
    t93.store(v + 28 * step)
    t94.store(v + 29 * step)
    t95.store(v + 30 * step)
    t96.store(v + 31 * step)
    t12.store(v + 32 * step)
    t34.store(v + 33 * step)
    t56.store(v + 34 * step)
    let t97 = t47 - t3
    let t98 = t47 + t25
    let t99 = t47 - t25
    let t100 = t69 - t25
    t97.store(v + 35 * step)
    t98.store(v + 36 * step)
    t99.store(v + 37 * step)
    t100.store(v + 38 * step)
    t14.store(v + 39 * step)
    t36.store(v + 40 * step)
    t58.store(v + 41 * step)
    let t101 = t49 - t5
    let t102 = t49 + t27
    let t103 = t49 - t27
    let t104 = t71 - t27
    t101.store(v + 42 * step)
    t102.store(v + 43 * step)
    t103.store(v + 44 * step)
    t104.store(v + 45 * step)
    t16.store(v + 46 * step)
    t38.store(v + 47 * step)
    t60.store(v + 48 * step)
  }

  /// 4×4 outputs of 3×3 taps, stride 2: v[position] = Bᵀ d B of the pixels d of one tile
  @inline(__always)
  static func stridedInput4<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    let t1 = L.load(pixels[9] + c)
    let t2 = L.load(pixels[18] + c)
    let t3 = L.load(pixels[27] + c)
    let t4 = L.load(pixels[36] + c)
    let t5 = L.load(pixels[45] + c)
    let t6 = L.load(pixels[54] + c)
    let t7 = L.load(pixels[63] + c)
    let t8 = L.load(pixels[72] + c)
    let t9 = t2.times(-2.25, plus: t6)
    let t10 = t4.times(0.5)
    let t11 = t0.times(-1.125, plus: t10)
    let t12 = t9 + t11
    let t13 = t9 - t11
    let t14 = t2.times(-0.25, plus: t6)
    let t15 = t4.times(1.5)
    let t16 = t0.times(-0.375, plus: t15)
    let t17 = t14 + t16
    let t18 = t14 - t16
    let t19 = t0.times(0.5625, plus: t8)
    let t20 = t4.times(-2.5, plus: t19)
    let t21 = L.load(pixels[1] + c)
    let t22 = L.load(pixels[10] + c)
    let t23 = L.load(pixels[19] + c)
    let t24 = L.load(pixels[28] + c)
    let t25 = L.load(pixels[37] + c)
    let t26 = L.load(pixels[46] + c)
    let t27 = L.load(pixels[55] + c)
    let t28 = L.load(pixels[64] + c)
    let t29 = L.load(pixels[73] + c)
    let t30 = t23.times(-2.25, plus: t27)
    let t31 = t25.times(0.5)
    let t32 = t21.times(-1.125, plus: t31)
    let t33 = t30 + t32
    let t34 = t30 - t32
    let t35 = t23.times(-0.25, plus: t27)
    let t36 = t25.times(1.5)
    let t37 = t21.times(-0.375, plus: t36)
    let t38 = t35 + t37
    let t39 = t35 - t37
    let t40 = t21.times(0.5625, plus: t29)
    let t41 = t25.times(-2.5, plus: t40)
    let t42 = L.load(pixels[2] + c)
    let t43 = L.load(pixels[11] + c)
    let t44 = L.load(pixels[20] + c)
    let t45 = L.load(pixels[29] + c)
    let t46 = L.load(pixels[38] + c)
    let t47 = L.load(pixels[47] + c)
    let t48 = L.load(pixels[56] + c)
    let t49 = L.load(pixels[65] + c)
    let t50 = L.load(pixels[74] + c)
    let t51 = t44.times(-2.25, plus: t48)
    let t52 = t46.times(0.5)
    let t53 = t42.times(-1.125, plus: t52)
    let t54 = t51 + t53
    let t55 = t51 - t53
    let t56 = t44.times(-0.25, plus: t48)
    let t57 = t46.times(1.5)
    let t58 = t42.times(-0.375, plus: t57)
    let t59 = t56 + t58
    let t60 = t56 - t58
    let t61 = t42.times(0.5625, plus: t50)
    let t62 = t46.times(-2.5, plus: t61)
    let t63 = L.load(pixels[3] + c)
    let t64 = L.load(pixels[12] + c)
    let t65 = L.load(pixels[21] + c)
    let t66 = L.load(pixels[30] + c)
    let t67 = L.load(pixels[39] + c)
    let t68 = L.load(pixels[48] + c)
    let t69 = L.load(pixels[57] + c)
    let t70 = L.load(pixels[66] + c)
    let t71 = L.load(pixels[75] + c)
    let t72 = t65.times(-2.25, plus: t69)
    let t73 = t67.times(0.5)
    let t74 = t63.times(-1.125, plus: t73)
    let t75 = t72 + t74
    let t76 = t72 - t74
    let t77 = t65.times(-0.25, plus: t69)
    let t78 = t67.times(1.5)
    let t79 = t63.times(-0.375, plus: t78)
    let t80 = t77 + t79
    let t81 = t77 - t79
    let t82 = t63.times(0.5625, plus: t71)
    let t83 = t67.times(-2.5, plus: t82)
    let t84 = L.load(pixels[4] + c)
    let t85 = L.load(pixels[13] + c)
    let t86 = L.load(pixels[22] + c)
    let t87 = L.load(pixels[31] + c)
    let t88 = L.load(pixels[40] + c)
    let t89 = L.load(pixels[49] + c)
    let t90 = L.load(pixels[58] + c)
    let t91 = L.load(pixels[67] + c)
    let t92 = L.load(pixels[76] + c)
    let t93 = t86.times(-2.25, plus: t90)
    let t94 = t88.times(0.5)
    let t95 = t84.times(-1.125, plus: t94)
    let t96 = t93 + t95
    let t97 = t93 - t95
    let t98 = t86.times(-0.25, plus: t90)
    let t99 = t88.times(1.5)
    let t100 = t84.times(-0.375, plus: t99)
    let t101 = t98 + t100
    let t102 = t98 - t100
    let t103 = t84.times(0.5625, plus: t92)
    let t104 = t88.times(-2.5, plus: t103)
    let t105 = L.load(pixels[5] + c)
    let t106 = L.load(pixels[14] + c)
    let t107 = L.load(pixels[23] + c)
    let t108 = L.load(pixels[32] + c)
    let t109 = L.load(pixels[41] + c)
    let t110 = L.load(pixels[50] + c)
    let t111 = L.load(pixels[59] + c)
    let t112 = L.load(pixels[68] + c)
    let t113 = L.load(pixels[77] + c)
    let t114 = t107.times(-2.25, plus: t111)
    let t115 = t109.times(0.5)
    let t116 = t105.times(-1.125, plus: t115)
    let t117 = t114 + t116
    let t118 = t114 - t116
    let t119 = t107.times(-0.25, plus: t111)
    let t120 = t109.times(1.5)
    let t121 = t105.times(-0.375, plus: t120)
    let t122 = t119 + t121
    let t123 = t119 - t121
    let t124 = t105.times(0.5625, plus: t113)
    let t125 = t109.times(-2.5, plus: t124)
    let t126 = L.load(pixels[6] + c)
    let t127 = L.load(pixels[15] + c)
    let t128 = L.load(pixels[24] + c)
    let t129 = L.load(pixels[33] + c)
    let t130 = L.load(pixels[42] + c)
    let t131 = L.load(pixels[51] + c)
    let t132 = L.load(pixels[60] + c)
    let t133 = L.load(pixels[69] + c)
    let t134 = L.load(pixels[78] + c)
    let t135 = t128.times(-2.25, plus: t132)
    let t136 = t130.times(0.5)
    let t137 = t126.times(-1.125, plus: t136)
    let t138 = t135 + t137
    let t139 = t135 - t137
    let t140 = t128.times(-0.25, plus: t132)
    let t141 = t130.times(1.5)
    let t142 = t126.times(-0.375, plus: t141)
    let t143 = t140 + t142
    let t144 = t140 - t142
    let t145 = t126.times(0.5625, plus: t134)
    let t146 = t130.times(-2.5, plus: t145)
    let t147 = L.load(pixels[7] + c)
    let t148 = L.load(pixels[16] + c)
    let t149 = L.load(pixels[25] + c)
    let t150 = L.load(pixels[34] + c)
    let t151 = L.load(pixels[43] + c)
    let t152 = L.load(pixels[52] + c)
    let t153 = L.load(pixels[61] + c)
    let t154 = L.load(pixels[70] + c)
    let t155 = L.load(pixels[79] + c)
    let t156 = t149.times(-2.25, plus: t153)
    let t157 = t151.times(0.5)
    let t158 = t147.times(-1.125, plus: t157)
    let t159 = t156 + t158
    let t160 = t156 - t158
    let t161 = t149.times(-0.25, plus: t153)
    let t162 = t151.times(1.5)
    let t163 = t147.times(-0.375, plus: t162)
    let t164 = t161 + t163
    let t165 = t161 - t163
    let t166 = t147.times(0.5625, plus: t155)
    let t167 = t151.times(-2.5, plus: t166)
    let t168 = L.load(pixels[8] + c)
    let t169 = L.load(pixels[17] + c)
    let t170 = L.load(pixels[26] + c)
    let t171 = L.load(pixels[35] + c)
    let t172 = L.load(pixels[44] + c)
    let t173 = L.load(pixels[53] + c)
    let t174 = L.load(pixels[62] + c)
    let t175 = L.load(pixels[71] + c)
    let t176 = L.load(pixels[80] + c)
    let t177 = t170.times(-2.25, plus: t174)
    let t178 = t172.times(0.5)
    let t179 = t168.times(-1.125, plus: t178)
    let t180 = t177 + t179
    let t181 = t177 - t179
    let t182 = t170.times(-0.25, plus: t174)
    let t183 = t172.times(1.5)
    let t184 = t168.times(-0.375, plus: t183)
    let t185 = t182 + t184
    let t186 = t182 - t184
    let t187 = t168.times(0.5625, plus: t176)
    let t188 = t172.times(-2.5, plus: t187)
    let t189 = t54.times(-2.25, plus: t138)
    let t190 = t96.times(0.5)
    let t191 = t12.times(-1.125, plus: t190)
    let t192 = t189 + t191
    let t193 = t189 - t191
    let t194 = t54.times(-0.25, plus: t138)
    let t195 = t96.times(1.5)
    let t196 = t12.times(-0.375, plus: t195)
    let t197 = t194 + t196
    let t198 = t194 - t196
    let t199 = t12.times(0.5625, plus: t180)
    let t200 = t96.times(-2.5, plus: t199)
    t192.store(v + 0 * step)
    t193.store(v + 1 * step)
    t197.store(v + 2 * step)
    t198.store(v + 3 * step)
    t200.store(v + 4 * step)
    t33.store(v + 5 * step)
    t75.store(v + 6 * step)
    t117.store(v + 7 * step)
    t159.store(v + 8 * step)
    let t201 = t55.times(-2.25, plus: t139)
    let t202 = t97.times(0.5)
    let t203 = t13.times(-1.125, plus: t202)
    let t204 = t201 + t203
    let t205 = t201 - t203
    let t206 = t55.times(-0.25, plus: t139)
    let t207 = t97.times(1.5)
    let t208 = t13.times(-0.375, plus: t207)
    let t209 = t206 + t208
    let t210 = t206 - t208
    let t211 = t13.times(0.5625, plus: t181)
    let t212 = t97.times(-2.5, plus: t211)
    t204.store(v + 9 * step)
    t205.store(v + 10 * step)
    t209.store(v + 11 * step)
    t210.store(v + 12 * step)
    t212.store(v + 13 * step)
    t34.store(v + 14 * step)
    t76.store(v + 15 * step)
    t118.store(v + 16 * step)
    t160.store(v + 17 * step)
    let t213 = t59.times(-2.25, plus: t143)
    let t214 = t101.times(0.5)
    let t215 = t17.times(-1.125, plus: t214)
    let t216 = t213 + t215
    let t217 = t213 - t215
    let t218 = t59.times(-0.25, plus: t143)
    let t219 = t101.times(1.5)
    let t220 = t17.times(-0.375, plus: t219)
    let t221 = t218 + t220
    let t222 = t218 - t220
    let t223 = t17.times(0.5625, plus: t185)
    let t224 = t101.times(-2.5, plus: t223)
    t216.store(v + 18 * step)
    t217.store(v + 19 * step)
    t221.store(v + 20 * step)
    t222.store(v + 21 * step)
    t224.store(v + 22 * step)
    t38.store(v + 23 * step)
    t80.store(v + 24 * step)
    t122.store(v + 25 * step)
    t164.store(v + 26 * step)
    let t225 = t60.times(-2.25, plus: t144)
    let t226 = t102.times(0.5)
    let t227 = t18.times(-1.125, plus: t226)
    let t228 = t225 + t227
    let t229 = t225 - t227
    let t230 = t60.times(-0.25, plus: t144)
    let t231 = t102.times(1.5)
    let t232 = t18.times(-0.375, plus: t231)
    let t233 = t230 + t232
    let t234 = t230 - t232
    let t235 = t18.times(0.5625, plus: t186)
    let t236 = t102.times(-2.5, plus: t235)
    t228.store(v + 27 * step)
    t229.store(v + 28 * step)
    t233.store(v + 29 * step)
    t234.store(v + 30 * step)
    t236.store(v + 31 * step)
    t39.store(v + 32 * step)
    t81.store(v + 33 * step)
    t123.store(v + 34 * step)
    t165.store(v + 35 * step)
    let t237 = t62.times(-2.25, plus: t146)
    let t238 = t104.times(0.5)
    let t239 = t20.times(-1.125, plus: t238)
    let t240 = t237 + t239
    let t241 = t237 - t239
    let t242 = t62.times(-0.25, plus: t146)
    let t243 = t104.times(1.5)
    let t244 = t20.times(-0.375, plus: t243)
    let t245 = t242 + t244
    let t246 = t242 - t244
    let t247 = t20.times(0.5625, plus: t188)
    let t248 = t104.times(-2.5, plus: t247)
    t240.store(v + 36 * step)
    t241.store(v + 37 * step)
    t245.store(v + 38 * step)
    t246.store(v + 39 * step)
    t248.store(v + 40 * step)
    t41.store(v + 41 * step)
    t83.store(v + 42 * step)
    t125.store(v + 43 * step)
    t167.store(v + 44 * step)
    let t249 = t43.times(-2.25, plus: t127)
    let t250 = t85.times(0.5)
    let t251 = t1.times(-1.125, plus: t250)
    let t252 = t249 + t251
    let t253 = t249 - t251
    let t254 = t43.times(-0.25, plus: t127)
    let t255 = t85.times(1.5)
    let t256 = t1.times(-0.375, plus: t255)
    let t257 = t254 + t256
    let t258 = t254 - t256
    let t259 = t1.times(0.5625, plus: t169)
    let t260 = t85.times(-2.5, plus: t259)
    t252.store(v + 45 * step)
    t253.store(v + 46 * step)
    t257.store(v + 47 * step)
    t258.store(v + 48 * step)
    t260.store(v + 49 * step)
    t22.store(v + 50 * step)
    t64.store(v + 51 * step)
    t106.store(v + 52 * step)
    t148.store(v + 53 * step)
    let t261 = t45.times(-2.25, plus: t129)
    let t262 = t87.times(0.5)
    let t263 = t3.times(-1.125, plus: t262)
    let t264 = t261 + t263
    let t265 = t261 - t263
    let t266 = t45.times(-0.25, plus: t129)
    let t267 = t87.times(1.5)
    let t268 = t3.times(-0.375, plus: t267)
    let t269 = t266 + t268
    let t270 = t266 - t268
    let t271 = t3.times(0.5625, plus: t171)
    let t272 = t87.times(-2.5, plus: t271)
    t264.store(v + 54 * step)
    t265.store(v + 55 * step)
    t269.store(v + 56 * step)
    t270.store(v + 57 * step)
    t272.store(v + 58 * step)
    t24.store(v + 59 * step)
    t66.store(v + 60 * step)
    t108.store(v + 61 * step)
    t150.store(v + 62 * step)
    let t273 = t47.times(-2.25, plus: t131)
    let t274 = t89.times(0.5)
    let t275 = t5.times(-1.125, plus: t274)
    let t276 = t273 + t275
    let t277 = t273 - t275
    let t278 = t47.times(-0.25, plus: t131)
    let t279 = t89.times(1.5)
    let t280 = t5.times(-0.375, plus: t279)
    let t281 = t278 + t280
    let t282 = t278 - t280
    let t283 = t5.times(0.5625, plus: t173)
    let t284 = t89.times(-2.5, plus: t283)
    t276.store(v + 63 * step)
    t277.store(v + 64 * step)
    t281.store(v + 65 * step)
    t282.store(v + 66 * step)
    t284.store(v + 67 * step)
    t26.store(v + 68 * step)
    t68.store(v + 69 * step)
    t110.store(v + 70 * step)
    t152.store(v + 71 * step)
    let t285 = t49.times(-2.25, plus: t133)
    let t286 = t91.times(0.5)
    let t287 = t7.times(-1.125, plus: t286)
    let t288 = t285 + t287
    let t289 = t285 - t287
    let t290 = t49.times(-0.25, plus: t133)
    let t291 = t91.times(1.5)
    let t292 = t7.times(-0.375, plus: t291)
    let t293 = t290 + t292
    let t294 = t290 - t292
    let t295 = t7.times(0.5625, plus: t175)
    let t296 = t91.times(-2.5, plus: t295)
    t288.store(v + 72 * step)
    t289.store(v + 73 * step)
    t293.store(v + 74 * step)
    t294.store(v + 75 * step)
    t296.store(v + 76 * step)
    t28.store(v + 77 * step)
    t70.store(v + 78 * step)
    t112.store(v + 79 * step)
    t154.store(v + 80 * step)
  }

  /// 4×4 outputs of 4×4 taps: v[position] = Bᵀ d B of the pixels d of one tile
  @inline(__always)
  static func fourTapInput4<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    let t1 = L.load(pixels[7] + c)
    let t2 = L.load(pixels[14] + c)
    let t3 = L.load(pixels[21] + c)
    let t4 = L.load(pixels[28] + c)
    let t5 = L.load(pixels[35] + c)
    let t6 = L.load(pixels[42] + c)
    let t7 = t1.times(3.457275390625, plus: t5)
    let t8 = t3.times(-5.28125, plus: t7)
    let t9 = t0.times(0.86431884765625)
    let t10 = t4.times(0.25, plus: t9)
    let t11 = t2.times(-1.3203125, plus: t10)
    let t12 = t8 + t11
    let t13 = t8 - t11
    let t14 = t1.times(0.2822265625, plus: t5)
    let t15 = t3.times(-4.578125, plus: t14)
    let t16 = t0.times(0.2469482421875)
    let t17 = t4.times(0.875, plus: t16)
    let t18 = t2.times(-4.005859375, plus: t17)
    let t19 = t15 + t18
    let t20 = t15 - t18
    let t21 = t1.times(0.0478515625, plus: t5)
    let t22 = t3.times(-0.828125, plus: t21)
    let t23 = t0.times(0.1016845703125)
    let t24 = t4.times(2.125, plus: t23)
    let t25 = t2.times(-1.759765625, plus: t24)
    let t26 = t22 + t25
    let t27 = t22 - t25
    let t28 = t2.times(3.787353515625, plus: t6)
    let t29 = t0.times(-0.2160797119140625, plus: t28)
    let t30 = t4.times(-5.34375, plus: t29)
    let t31 = L.load(pixels[1] + c)
    let t32 = L.load(pixels[8] + c)
    let t33 = L.load(pixels[15] + c)
    let t34 = L.load(pixels[22] + c)
    let t35 = L.load(pixels[29] + c)
    let t36 = L.load(pixels[36] + c)
    let t37 = L.load(pixels[43] + c)
    let t38 = t32.times(3.457275390625, plus: t36)
    let t39 = t34.times(-5.28125, plus: t38)
    let t40 = t31.times(0.86431884765625)
    let t41 = t35.times(0.25, plus: t40)
    let t42 = t33.times(-1.3203125, plus: t41)
    let t43 = t39 + t42
    let t44 = t39 - t42
    let t45 = t32.times(0.2822265625, plus: t36)
    let t46 = t34.times(-4.578125, plus: t45)
    let t47 = t31.times(0.2469482421875)
    let t48 = t35.times(0.875, plus: t47)
    let t49 = t33.times(-4.005859375, plus: t48)
    let t50 = t46 + t49
    let t51 = t46 - t49
    let t52 = t32.times(0.0478515625, plus: t36)
    let t53 = t34.times(-0.828125, plus: t52)
    let t54 = t31.times(0.1016845703125)
    let t55 = t35.times(2.125, plus: t54)
    let t56 = t33.times(-1.759765625, plus: t55)
    let t57 = t53 + t56
    let t58 = t53 - t56
    let t59 = t33.times(3.787353515625, plus: t37)
    let t60 = t31.times(-0.2160797119140625, plus: t59)
    let t61 = t35.times(-5.34375, plus: t60)
    let t62 = L.load(pixels[2] + c)
    let t63 = L.load(pixels[9] + c)
    let t64 = L.load(pixels[16] + c)
    let t65 = L.load(pixels[23] + c)
    let t66 = L.load(pixels[30] + c)
    let t67 = L.load(pixels[37] + c)
    let t68 = L.load(pixels[44] + c)
    let t69 = t63.times(3.457275390625, plus: t67)
    let t70 = t65.times(-5.28125, plus: t69)
    let t71 = t62.times(0.86431884765625)
    let t72 = t66.times(0.25, plus: t71)
    let t73 = t64.times(-1.3203125, plus: t72)
    let t74 = t70 + t73
    let t75 = t70 - t73
    let t76 = t63.times(0.2822265625, plus: t67)
    let t77 = t65.times(-4.578125, plus: t76)
    let t78 = t62.times(0.2469482421875)
    let t79 = t66.times(0.875, plus: t78)
    let t80 = t64.times(-4.005859375, plus: t79)
    let t81 = t77 + t80
    let t82 = t77 - t80
    let t83 = t63.times(0.0478515625, plus: t67)
    let t84 = t65.times(-0.828125, plus: t83)
    let t85 = t62.times(0.1016845703125)
    let t86 = t66.times(2.125, plus: t85)
    let t87 = t64.times(-1.759765625, plus: t86)
    let t88 = t84 + t87
    let t89 = t84 - t87
    let t90 = t64.times(3.787353515625, plus: t68)
    let t91 = t62.times(-0.2160797119140625, plus: t90)
    let t92 = t66.times(-5.34375, plus: t91)
    let t93 = L.load(pixels[3] + c)
    let t94 = L.load(pixels[10] + c)
    let t95 = L.load(pixels[17] + c)
    let t96 = L.load(pixels[24] + c)
    let t97 = L.load(pixels[31] + c)
    let t98 = L.load(pixels[38] + c)
    let t99 = L.load(pixels[45] + c)
    let t100 = t94.times(3.457275390625, plus: t98)
    let t101 = t96.times(-5.28125, plus: t100)
    let t102 = t93.times(0.86431884765625)
    let t103 = t97.times(0.25, plus: t102)
    let t104 = t95.times(-1.3203125, plus: t103)
    let t105 = t101 + t104
    let t106 = t101 - t104
    let t107 = t94.times(0.2822265625, plus: t98)
    let t108 = t96.times(-4.578125, plus: t107)
    let t109 = t93.times(0.2469482421875)
    let t110 = t97.times(0.875, plus: t109)
    let t111 = t95.times(-4.005859375, plus: t110)
    let t112 = t108 + t111
    let t113 = t108 - t111
    let t114 = t94.times(0.0478515625, plus: t98)
    let t115 = t96.times(-0.828125, plus: t114)
    let t116 = t93.times(0.1016845703125)
    let t117 = t97.times(2.125, plus: t116)
    let t118 = t95.times(-1.759765625, plus: t117)
    let t119 = t115 + t118
    let t120 = t115 - t118
    let t121 = t95.times(3.787353515625, plus: t99)
    let t122 = t93.times(-0.2160797119140625, plus: t121)
    let t123 = t97.times(-5.34375, plus: t122)
    let t124 = L.load(pixels[4] + c)
    let t125 = L.load(pixels[11] + c)
    let t126 = L.load(pixels[18] + c)
    let t127 = L.load(pixels[25] + c)
    let t128 = L.load(pixels[32] + c)
    let t129 = L.load(pixels[39] + c)
    let t130 = L.load(pixels[46] + c)
    let t131 = t125.times(3.457275390625, plus: t129)
    let t132 = t127.times(-5.28125, plus: t131)
    let t133 = t124.times(0.86431884765625)
    let t134 = t128.times(0.25, plus: t133)
    let t135 = t126.times(-1.3203125, plus: t134)
    let t136 = t132 + t135
    let t137 = t132 - t135
    let t138 = t125.times(0.2822265625, plus: t129)
    let t139 = t127.times(-4.578125, plus: t138)
    let t140 = t124.times(0.2469482421875)
    let t141 = t128.times(0.875, plus: t140)
    let t142 = t126.times(-4.005859375, plus: t141)
    let t143 = t139 + t142
    let t144 = t139 - t142
    let t145 = t125.times(0.0478515625, plus: t129)
    let t146 = t127.times(-0.828125, plus: t145)
    let t147 = t124.times(0.1016845703125)
    let t148 = t128.times(2.125, plus: t147)
    let t149 = t126.times(-1.759765625, plus: t148)
    let t150 = t146 + t149
    let t151 = t146 - t149
    let t152 = t126.times(3.787353515625, plus: t130)
    let t153 = t124.times(-0.2160797119140625, plus: t152)
    let t154 = t128.times(-5.34375, plus: t153)
    let t155 = L.load(pixels[5] + c)
    let t156 = L.load(pixels[12] + c)
    let t157 = L.load(pixels[19] + c)
    let t158 = L.load(pixels[26] + c)
    let t159 = L.load(pixels[33] + c)
    let t160 = L.load(pixels[40] + c)
    let t161 = L.load(pixels[47] + c)
    let t162 = t156.times(3.457275390625, plus: t160)
    let t163 = t158.times(-5.28125, plus: t162)
    let t164 = t155.times(0.86431884765625)
    let t165 = t159.times(0.25, plus: t164)
    let t166 = t157.times(-1.3203125, plus: t165)
    let t167 = t163 + t166
    let t168 = t163 - t166
    let t169 = t156.times(0.2822265625, plus: t160)
    let t170 = t158.times(-4.578125, plus: t169)
    let t171 = t155.times(0.2469482421875)
    let t172 = t159.times(0.875, plus: t171)
    let t173 = t157.times(-4.005859375, plus: t172)
    let t174 = t170 + t173
    let t175 = t170 - t173
    let t176 = t156.times(0.0478515625, plus: t160)
    let t177 = t158.times(-0.828125, plus: t176)
    let t178 = t155.times(0.1016845703125)
    let t179 = t159.times(2.125, plus: t178)
    let t180 = t157.times(-1.759765625, plus: t179)
    let t181 = t177 + t180
    let t182 = t177 - t180
    let t183 = t157.times(3.787353515625, plus: t161)
    let t184 = t155.times(-0.2160797119140625, plus: t183)
    let t185 = t159.times(-5.34375, plus: t184)
    let t186 = L.load(pixels[6] + c)
    let t187 = L.load(pixels[13] + c)
    let t188 = L.load(pixels[20] + c)
    let t189 = L.load(pixels[27] + c)
    let t190 = L.load(pixels[34] + c)
    let t191 = L.load(pixels[41] + c)
    let t192 = L.load(pixels[48] + c)
    let t193 = t187.times(3.457275390625, plus: t191)
    let t194 = t189.times(-5.28125, plus: t193)
    let t195 = t186.times(0.86431884765625)
    let t196 = t190.times(0.25, plus: t195)
    let t197 = t188.times(-1.3203125, plus: t196)
    let t198 = t194 + t197
    let t199 = t194 - t197
    let t200 = t187.times(0.2822265625, plus: t191)
    let t201 = t189.times(-4.578125, plus: t200)
    let t202 = t186.times(0.2469482421875)
    let t203 = t190.times(0.875, plus: t202)
    let t204 = t188.times(-4.005859375, plus: t203)
    let t205 = t201 + t204
    let t206 = t201 - t204
    let t207 = t187.times(0.0478515625, plus: t191)
    let t208 = t189.times(-0.828125, plus: t207)
    let t209 = t186.times(0.1016845703125)
    let t210 = t190.times(2.125, plus: t209)
    let t211 = t188.times(-1.759765625, plus: t210)
    let t212 = t208 + t211
    let t213 = t208 - t211
    let t214 = t188.times(3.787353515625, plus: t192)
    let t215 = t186.times(-0.2160797119140625, plus: t214)
    let t216 = t190.times(-5.34375, plus: t215)
    let t217 = t43.times(3.457275390625, plus: t167)
    let t218 = t105.times(-5.28125, plus: t217)
    let t219 = t12.times(0.86431884765625)
    let t220 = t136.times(0.25, plus: t219)
    let t221 = t74.times(-1.3203125, plus: t220)
    let t222 = t218 + t221
    let t223 = t218 - t221
    let t224 = t43.times(0.2822265625, plus: t167)
    let t225 = t105.times(-4.578125, plus: t224)
    let t226 = t12.times(0.2469482421875)
    let t227 = t136.times(0.875, plus: t226)
    let t228 = t74.times(-4.005859375, plus: t227)
    let t229 = t225 + t228
    let t230 = t225 - t228
    let t231 = t43.times(0.0478515625, plus: t167)
    let t232 = t105.times(-0.828125, plus: t231)
    let t233 = t12.times(0.1016845703125)
    let t234 = t136.times(2.125, plus: t233)
    let t235 = t74.times(-1.759765625, plus: t234)
    let t236 = t232 + t235
    let t237 = t232 - t235
    let t238 = t74.times(3.787353515625, plus: t198)
    let t239 = t12.times(-0.2160797119140625, plus: t238)
    let t240 = t136.times(-5.34375, plus: t239)
    t222.store(v + 0 * step)
    t223.store(v + 1 * step)
    t229.store(v + 2 * step)
    t230.store(v + 3 * step)
    t236.store(v + 4 * step)
    t237.store(v + 5 * step)
    t240.store(v + 6 * step)
    let t241 = t44.times(3.457275390625, plus: t168)
    let t242 = t106.times(-5.28125, plus: t241)
    let t243 = t13.times(0.86431884765625)
    let t244 = t137.times(0.25, plus: t243)
    let t245 = t75.times(-1.3203125, plus: t244)
    let t246 = t242 + t245
    let t247 = t242 - t245
    let t248 = t44.times(0.2822265625, plus: t168)
    let t249 = t106.times(-4.578125, plus: t248)
    let t250 = t13.times(0.2469482421875)
    let t251 = t137.times(0.875, plus: t250)
    let t252 = t75.times(-4.005859375, plus: t251)
    let t253 = t249 + t252
    let t254 = t249 - t252
    let t255 = t44.times(0.0478515625, plus: t168)
    let t256 = t106.times(-0.828125, plus: t255)
    let t257 = t13.times(0.1016845703125)
    let t258 = t137.times(2.125, plus: t257)
    let t259 = t75.times(-1.759765625, plus: t258)
    let t260 = t256 + t259
    let t261 = t256 - t259
    let t262 = t75.times(3.787353515625, plus: t199)
    let t263 = t13.times(-0.2160797119140625, plus: t262)
    let t264 = t137.times(-5.34375, plus: t263)
    t246.store(v + 7 * step)
    t247.store(v + 8 * step)
    t253.store(v + 9 * step)
    t254.store(v + 10 * step)
    t260.store(v + 11 * step)
    t261.store(v + 12 * step)
    t264.store(v + 13 * step)
    let t265 = t50.times(3.457275390625, plus: t174)
    let t266 = t112.times(-5.28125, plus: t265)
    let t267 = t19.times(0.86431884765625)
    let t268 = t143.times(0.25, plus: t267)
    let t269 = t81.times(-1.3203125, plus: t268)
    let t270 = t266 + t269
    let t271 = t266 - t269
    let t272 = t50.times(0.2822265625, plus: t174)
    let t273 = t112.times(-4.578125, plus: t272)
    let t274 = t19.times(0.2469482421875)
    let t275 = t143.times(0.875, plus: t274)
    let t276 = t81.times(-4.005859375, plus: t275)
    let t277 = t273 + t276
    let t278 = t273 - t276
    let t279 = t50.times(0.0478515625, plus: t174)
    let t280 = t112.times(-0.828125, plus: t279)
    let t281 = t19.times(0.1016845703125)
    let t282 = t143.times(2.125, plus: t281)
    let t283 = t81.times(-1.759765625, plus: t282)
    let t284 = t280 + t283
    let t285 = t280 - t283
    let t286 = t81.times(3.787353515625, plus: t205)
    let t287 = t19.times(-0.2160797119140625, plus: t286)
    let t288 = t143.times(-5.34375, plus: t287)
    t270.store(v + 14 * step)
    t271.store(v + 15 * step)
    t277.store(v + 16 * step)
    t278.store(v + 17 * step)
    t284.store(v + 18 * step)
    t285.store(v + 19 * step)
    t288.store(v + 20 * step)
    let t289 = t51.times(3.457275390625, plus: t175)
    let t290 = t113.times(-5.28125, plus: t289)
    let t291 = t20.times(0.86431884765625)
    let t292 = t144.times(0.25, plus: t291)
    let t293 = t82.times(-1.3203125, plus: t292)
    let t294 = t290 + t293
    let t295 = t290 - t293
    let t296 = t51.times(0.2822265625, plus: t175)
    let t297 = t113.times(-4.578125, plus: t296)
    let t298 = t20.times(0.2469482421875)
    let t299 = t144.times(0.875, plus: t298)
    let t300 = t82.times(-4.005859375, plus: t299)
    let t301 = t297 + t300
    let t302 = t297 - t300
    let t303 = t51.times(0.0478515625, plus: t175)
    let t304 = t113.times(-0.828125, plus: t303)
    let t305 = t20.times(0.1016845703125)
    let t306 = t144.times(2.125, plus: t305)
    let t307 = t82.times(-1.759765625, plus: t306)
    let t308 = t304 + t307
    let t309 = t304 - t307
    let t310 = t82.times(3.787353515625, plus: t206)
    let t311 = t20.times(-0.2160797119140625, plus: t310)
    let t312 = t144.times(-5.34375, plus: t311)
    t294.store(v + 21 * step)
    t295.store(v + 22 * step)
    t301.store(v + 23 * step)
    t302.store(v + 24 * step)
    t308.store(v + 25 * step)
    t309.store(v + 26 * step)
    t312.store(v + 27 * step)
    let t313 = t57.times(3.457275390625, plus: t181)
    let t314 = t119.times(-5.28125, plus: t313)
    let t315 = t26.times(0.86431884765625)
    let t316 = t150.times(0.25, plus: t315)
    let t317 = t88.times(-1.3203125, plus: t316)
    let t318 = t314 + t317
    let t319 = t314 - t317
    let t320 = t57.times(0.2822265625, plus: t181)
    let t321 = t119.times(-4.578125, plus: t320)
    let t322 = t26.times(0.2469482421875)
    let t323 = t150.times(0.875, plus: t322)
    let t324 = t88.times(-4.005859375, plus: t323)
    let t325 = t321 + t324
    let t326 = t321 - t324
    let t327 = t57.times(0.0478515625, plus: t181)
    let t328 = t119.times(-0.828125, plus: t327)
    let t329 = t26.times(0.1016845703125)
    let t330 = t150.times(2.125, plus: t329)
    let t331 = t88.times(-1.759765625, plus: t330)
    let t332 = t328 + t331
    let t333 = t328 - t331
    let t334 = t88.times(3.787353515625, plus: t212)
    let t335 = t26.times(-0.2160797119140625, plus: t334)
    let t336 = t150.times(-5.34375, plus: t335)
    t318.store(v + 28 * step)
    t319.store(v + 29 * step)
    t325.store(v + 30 * step)
    t326.store(v + 31 * step)
    t332.store(v + 32 * step)
    t333.store(v + 33 * step)
    t336.store(v + 34 * step)
    let t337 = t58.times(3.457275390625, plus: t182)
    let t338 = t120.times(-5.28125, plus: t337)
    let t339 = t27.times(0.86431884765625)
    let t340 = t151.times(0.25, plus: t339)
    let t341 = t89.times(-1.3203125, plus: t340)
    let t342 = t338 + t341
    let t343 = t338 - t341
    let t344 = t58.times(0.2822265625, plus: t182)
    let t345 = t120.times(-4.578125, plus: t344)
    let t346 = t27.times(0.2469482421875)
    let t347 = t151.times(0.875, plus: t346)
    let t348 = t89.times(-4.005859375, plus: t347)
    let t349 = t345 + t348
    let t350 = t345 - t348
    let t351 = t58.times(0.0478515625, plus: t182)
    let t352 = t120.times(-0.828125, plus: t351)
    let t353 = t27.times(0.1016845703125)
    let t354 = t151.times(2.125, plus: t353)
    let t355 = t89.times(-1.759765625, plus: t354)
    let t356 = t352 + t355
    let t357 = t352 - t355
    let t358 = t89.times(3.787353515625, plus: t213)
    let t359 = t27.times(-0.2160797119140625, plus: t358)
    let t360 = t151.times(-5.34375, plus: t359)
    t342.store(v + 35 * step)
    t343.store(v + 36 * step)
    t349.store(v + 37 * step)
    t350.store(v + 38 * step)
    t356.store(v + 39 * step)
    t357.store(v + 40 * step)
    t360.store(v + 41 * step)
    let t361 = t61.times(3.457275390625, plus: t185)
    let t362 = t123.times(-5.28125, plus: t361)
    let t363 = t30.times(0.86431884765625)
    let t364 = t154.times(0.25, plus: t363)
    let t365 = t92.times(-1.3203125, plus: t364)
    let t366 = t362 + t365
    let t367 = t362 - t365
    let t368 = t61.times(0.2822265625, plus: t185)
    let t369 = t123.times(-4.578125, plus: t368)
    let t370 = t30.times(0.2469482421875)
    let t371 = t154.times(0.875, plus: t370)
    let t372 = t92.times(-4.005859375, plus: t371)
    let t373 = t369 + t372
    let t374 = t369 - t372
    let t375 = t61.times(0.0478515625, plus: t185)
    let t376 = t123.times(-0.828125, plus: t375)
    let t377 = t30.times(0.1016845703125)
    let t378 = t154.times(2.125, plus: t377)
    let t379 = t92.times(-1.759765625, plus: t378)
    let t380 = t376 + t379
    let t381 = t376 - t379
    let t382 = t92.times(3.787353515625, plus: t216)
    let t383 = t30.times(-0.2160797119140625, plus: t382)
    let t384 = t154.times(-5.34375, plus: t383)
    t366.store(v + 42 * step)
    t367.store(v + 43 * step)
    t373.store(v + 44 * step)
    t374.store(v + 45 * step)
    t380.store(v + 46 * step)
    t381.store(v + 47 * step)
    t384.store(v + 48 * step)
  }

  /// 1×1 outputs of 3×3 taps within a border of zeros: v[position] = Bᵀ d B of the pixels d of one tile
  @inline(__always)
  static func borderedInput1<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    t0.store(v + 0 * step)
  }

  /// 2×2 outputs of 3×3 taps within a border of zeros: v[position] = Bᵀ d B of the pixels d of one tile
  @inline(__always)
  static func borderedInput2<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    let t1 = L.load(pixels[2] + c)
    let t2 = t1 - t0
    let t3 = L.load(pixels[1] + c)
    let t4 = L.load(pixels[3] + c)
    let t5 = t4 - t3
    let t6 = t3 - t0
    t0.store(v + 0 * step)
    t6.store(v + 1 * step)
    t3.store(v + 2 * step)
    let t7 = t5 - t2
    t2.store(v + 3 * step)
    t7.store(v + 4 * step)
    t5.store(v + 5 * step)
    let t8 = t4 - t1
    t1.store(v + 6 * step)
    t8.store(v + 7 * step)
    t4.store(v + 8 * step)
  }

  /// 3×3 outputs of 3×3 taps within a border of zeros: v[position] = Bᵀ d B of the pixels d of one tile
  @inline(__always)
  static func borderedInput3<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    let t1 = L.load(pixels[3] + c)
    let t2 = L.load(pixels[6] + c)
    let t3 = t1.times(1.5)
    let t4 = t0 + t2
    let t5 = t3 + t4
    let t6 = t3 - t4
    let t7 = t1.times(0.5)
    let t8 = t0 - t2
    let t9 = t7 + t8
    let t10 = t7 - t8
    let t11 = L.load(pixels[1] + c)
    let t12 = L.load(pixels[4] + c)
    let t13 = L.load(pixels[7] + c)
    let t14 = t12.times(1.5)
    let t15 = t11 + t13
    let t16 = t14 + t15
    let t17 = t14 - t15
    let t18 = t12.times(0.5)
    let t19 = t11 - t13
    let t20 = t18 + t19
    let t21 = t18 - t19
    let t22 = L.load(pixels[2] + c)
    let t23 = L.load(pixels[5] + c)
    let t24 = L.load(pixels[8] + c)
    let t25 = t23.times(1.5)
    let t26 = t22 + t24
    let t27 = t25 + t26
    let t28 = t25 - t26
    let t29 = t23.times(0.5)
    let t30 = t22 - t24
    let t31 = t29 + t30
    let t32 = t29 - t30
    let t33 = t16.times(1.5)
    let t34 = t5 + t27
    let t35 = t33 + t34
    let t36 = t33 - t34
    let t37 = t16.times(0.5)
    let t38 = t5 - t27
    let t39 = t37 + t38
    let t40 = t37 - t38
    t35.store(v + 0 * step)
    t36.store(v + 1 * step)
    t39.store(v + 2 * step)
    t40.store(v + 3 * step)
    let t41 = t17.times(1.5)
    let t42 = t6 + t28
    let t43 = t41 + t42
    let t44 = t41 - t42
    let t45 = t17.times(0.5)
    let t46 = t6 - t28
    let t47 = t45 + t46
    let t48 = t45 - t46
    t43.store(v + 4 * step)
    t44.store(v + 5 * step)
    t47.store(v + 6 * step)
    t48.store(v + 7 * step)
    let t49 = t20.times(1.5)
    let t50 = t9 + t31
    let t51 = t49 + t50
    let t52 = t49 - t50
    let t53 = t20.times(0.5)
    let t54 = t9 - t31
    let t55 = t53 + t54
    let t56 = t53 - t54
    t51.store(v + 8 * step)
    t52.store(v + 9 * step)
    t55.store(v + 10 * step)
    t56.store(v + 11 * step)
    let t57 = t21.times(1.5)
    let t58 = t10 + t32
    let t59 = t57 + t58
    let t60 = t57 - t58
    let t61 = t21.times(0.5)
    let t62 = t10 - t32
    let t63 = t61 + t62
    let t64 = t61 - t62
    t59.store(v + 12 * step)
    t60.store(v + 13 * step)
    t63.store(v + 14 * step)
    t64.store(v + 15 * step)
  }

  /// 2×2 outputs of 3×3 taps: v[position] = A ȳ Aᵀ of the output pixels ȳ of one tile
  @inline(__always)
  static func cotangent2<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    let t1 = L.load(pixels[2] + c)
    let t2 = t0 + t1
    let t3 = t0 - t1
    let t4 = L.load(pixels[1] + c)
    let t5 = L.load(pixels[3] + c)
    let t6 = t4 + t5
    let t7 = t4 - t5
    let t8 = t0 + t4
    let t9 = t0 - t4
    t0.store(v + 0 * step)
    t8.store(v + 1 * step)
    t9.store(v + 2 * step)
    t4.store(v + 3 * step)
    let t10 = t2 + t6
    let t11 = t2 - t6
    t2.store(v + 4 * step)
    t10.store(v + 5 * step)
    t11.store(v + 6 * step)
    t6.store(v + 7 * step)
    let t12 = t3 + t7
    let t13 = t3 - t7
    t3.store(v + 8 * step)
    t12.store(v + 9 * step)
    t13.store(v + 10 * step)
    t7.store(v + 11 * step)
    let t14 = t1 + t5
    let t15 = t1 - t5
    t1.store(v + 12 * step)
    t14.store(v + 13 * step)
    t15.store(v + 14 * step)
    t5.store(v + 15 * step)
  }

  /// 3×3 outputs of 3×3 taps: v[position] = A ȳ Aᵀ of the output pixels ȳ of one tile
  @inline(__always)
  static func cotangent3<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    let t1 = L.load(pixels[3] + c)
    let t2 = L.load(pixels[6] + c)
    let t3 = t2.times(0.25, plus: t0)
    let t4 = t1.times(0.5)
    let t5 = t3 + t4
    let t6 = t3 - t4
    let t7 = t2.times(2.25, plus: t0)
    let t8 = t1.times(1.5)
    let t9 = t7 + t8
    let t10 = t7 - t8
    let t11 = L.load(pixels[1] + c)
    let t12 = L.load(pixels[4] + c)
    let t13 = L.load(pixels[7] + c)
    let t14 = t13.times(0.25, plus: t11)
    let t15 = t12.times(0.5)
    let t16 = t14 + t15
    let t17 = t14 - t15
    let t18 = t13.times(2.25, plus: t11)
    let t19 = t12.times(1.5)
    let t20 = t18 + t19
    let t21 = t18 - t19
    let t22 = L.load(pixels[2] + c)
    let t23 = L.load(pixels[5] + c)
    let t24 = L.load(pixels[8] + c)
    let t25 = t24.times(0.25, plus: t22)
    let t26 = t23.times(0.5)
    let t27 = t25 + t26
    let t28 = t25 - t26
    let t29 = t24.times(2.25, plus: t22)
    let t30 = t23.times(1.5)
    let t31 = t29 + t30
    let t32 = t29 - t30
    let t33 = t27.times(0.25, plus: t5)
    let t34 = t16.times(0.5)
    let t35 = t33 + t34
    let t36 = t33 - t34
    let t37 = t27.times(2.25, plus: t5)
    let t38 = t16.times(1.5)
    let t39 = t37 + t38
    let t40 = t37 - t38
    t35.store(v + 0 * step)
    t36.store(v + 1 * step)
    t39.store(v + 2 * step)
    t40.store(v + 3 * step)
    t27.store(v + 4 * step)
    let t41 = t28.times(0.25, plus: t6)
    let t42 = t17.times(0.5)
    let t43 = t41 + t42
    let t44 = t41 - t42
    let t45 = t28.times(2.25, plus: t6)
    let t46 = t17.times(1.5)
    let t47 = t45 + t46
    let t48 = t45 - t46
    t43.store(v + 5 * step)
    t44.store(v + 6 * step)
    t47.store(v + 7 * step)
    t48.store(v + 8 * step)
    t28.store(v + 9 * step)
    let t49 = t31.times(0.25, plus: t9)
    let t50 = t20.times(0.5)
    let t51 = t49 + t50
    let t52 = t49 - t50
    let t53 = t31.times(2.25, plus: t9)
    let t54 = t20.times(1.5)
    let t55 = t53 + t54
    let t56 = t53 - t54
    t51.store(v + 10 * step)
    t52.store(v + 11 * step)
    t55.store(v + 12 * step)
    t56.store(v + 13 * step)
    t31.store(v + 14 * step)
    let t57 = t32.times(0.25, plus: t10)
    let t58 = t21.times(0.5)
    let t59 = t57 + t58
    let t60 = t57 - t58
    let t61 = t32.times(2.25, plus: t10)
    let t62 = t21.times(1.5)
    let t63 = t61 + t62
    let t64 = t61 - t62
    t59.store(v + 15 * step)
    t60.store(v + 16 * step)
    t63.store(v + 17 * step)
    t64.store(v + 18 * step)
    t32.store(v + 19 * step)
    let t65 = t24.times(0.25, plus: t2)
    let t66 = t13.times(0.5)
    let t67 = t65 + t66
    let t68 = t65 - t66
    let t69 = t24.times(2.25, plus: t2)
    let t70 = t13.times(1.5)
    let t71 = t69 + t70
    let t72 = t69 - t70
    t67.store(v + 20 * step)
    t68.store(v + 21 * step)
    t71.store(v + 22 * step)
    t72.store(v + 23 * step)
    t24.store(v + 24 * step)
  }

  /// 4×4 outputs of 3×3 taps: v[position] = A ȳ Aᵀ of the output pixels ȳ of one tile
  @inline(__always)
  static func cotangent4<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    let t1 = L.load(pixels[4] + c)
    let t2 = L.load(pixels[8] + c)
    let t3 = L.load(pixels[12] + c)
    let t4 = t2.times(0.47265625, plus: t0)
    let t5 = t1.times(0.6875)
    let t6 = t3.times(0.324951171875, plus: t5)
    let t7 = t4 + t6
    let t8 = t4 - t6
    let t9 = t2.times(1.890625, plus: t0)
    let t10 = t1.times(1.375)
    let t11 = t3.times(2.599609375, plus: t10)
    let t12 = t9 + t11
    let t13 = t9 - t11
    let t14 = L.load(pixels[1] + c)
    let t15 = L.load(pixels[5] + c)
    let t16 = L.load(pixels[9] + c)
    let t17 = L.load(pixels[13] + c)
    let t18 = t16.times(0.47265625, plus: t14)
    let t19 = t15.times(0.6875)
    let t20 = t17.times(0.324951171875, plus: t19)
    let t21 = t18 + t20
    let t22 = t18 - t20
    let t23 = t16.times(1.890625, plus: t14)
    let t24 = t15.times(1.375)
    let t25 = t17.times(2.599609375, plus: t24)
    let t26 = t23 + t25
    let t27 = t23 - t25
    let t28 = L.load(pixels[2] + c)
    let t29 = L.load(pixels[6] + c)
    let t30 = L.load(pixels[10] + c)
    let t31 = L.load(pixels[14] + c)
    let t32 = t30.times(0.47265625, plus: t28)
    let t33 = t29.times(0.6875)
    let t34 = t31.times(0.324951171875, plus: t33)
    let t35 = t32 + t34
    let t36 = t32 - t34
    let t37 = t30.times(1.890625, plus: t28)
    let t38 = t29.times(1.375)
    let t39 = t31.times(2.599609375, plus: t38)
    let t40 = t37 + t39
    let t41 = t37 - t39
    let t42 = L.load(pixels[3] + c)
    let t43 = L.load(pixels[7] + c)
    let t44 = L.load(pixels[11] + c)
    let t45 = L.load(pixels[15] + c)
    let t46 = t44.times(0.47265625, plus: t42)
    let t47 = t43.times(0.6875)
    let t48 = t45.times(0.324951171875, plus: t47)
    let t49 = t46 + t48
    let t50 = t46 - t48
    let t51 = t44.times(1.890625, plus: t42)
    let t52 = t43.times(1.375)
    let t53 = t45.times(2.599609375, plus: t52)
    let t54 = t51 + t53
    let t55 = t51 - t53
    let t56 = t28.times(0.47265625, plus: t0)
    let t57 = t14.times(0.6875)
    let t58 = t42.times(0.324951171875, plus: t57)
    let t59 = t56 + t58
    let t60 = t56 - t58
    let t61 = t28.times(1.890625, plus: t0)
    let t62 = t14.times(1.375)
    let t63 = t42.times(2.599609375, plus: t62)
    let t64 = t61 + t63
    let t65 = t61 - t63
    t0.store(v + 0 * step)
    t59.store(v + 1 * step)
    t60.store(v + 2 * step)
    t64.store(v + 3 * step)
    t65.store(v + 4 * step)
    t42.store(v + 5 * step)
    let t66 = t35.times(0.47265625, plus: t7)
    let t67 = t21.times(0.6875)
    let t68 = t49.times(0.324951171875, plus: t67)
    let t69 = t66 + t68
    let t70 = t66 - t68
    let t71 = t35.times(1.890625, plus: t7)
    let t72 = t21.times(1.375)
    let t73 = t49.times(2.599609375, plus: t72)
    let t74 = t71 + t73
    let t75 = t71 - t73
    t7.store(v + 6 * step)
    t69.store(v + 7 * step)
    t70.store(v + 8 * step)
    t74.store(v + 9 * step)
    t75.store(v + 10 * step)
    t49.store(v + 11 * step)
    let t76 = t36.times(0.47265625, plus: t8)
    let t77 = t22.times(0.6875)
    let t78 = t50.times(0.324951171875, plus: t77)
    let t79 = t76 + t78
    let t80 = t76 - t78
    let t81 = t36.times(1.890625, plus: t8)
    let t82 = t22.times(1.375)
    let t83 = t50.times(2.599609375, plus: t82)
    let t84 = t81 + t83
    let t85 = t81 - t83
    t8.store(v + 12 * step)
    t79.store(v + 13 * step)
    t80.store(v + 14 * step)
    t84.store(v + 15 * step)
    t85.store(v + 16 * step)
    t50.store(v + 17 * step)
    let t86 = t40.times(0.47265625, plus: t12)
    let t87 = t26.times(0.6875)
    let t88 = t54.times(0.324951171875, plus: t87)
    let t89 = t86 + t88
    let t90 = t86 - t88
    let t91 = t40.times(1.890625, plus: t12)
    let t92 = t26.times(1.375)
    let t93 = t54.times(2.599609375, plus: t92)
    let t94 = t91 + t93
    let t95 = t91 - t93
    t12.store(v + 18 * step)
    t89.store(v + 19 * step)
    t90.store(v + 20 * step)
    t94.store(v + 21 * step)
    t95.store(v + 22 * step)
    t54.store(v + 23 * step)
    let t96 = t41.times(0.47265625, plus: t13)
    let t97 = t27.times(0.6875)
    let t98 = t55.times(0.324951171875, plus: t97)
    let t99 = t96 + t98
    let t100 = t96 - t98
    let t101 = t41.times(1.890625, plus: t13)
    let t102 = t27.times(1.375)
    let t103 = t55.times(2.599609375, plus: t102)
    let t104 = t101 + t103
    let t105 = t101 - t103
    t13.store(v + 24 * step)
    t99.store(v + 25 * step)
    t100.store(v + 26 * step)
    t104.store(v + 27 * step)
    t105.store(v + 28 * step)
    t55.store(v + 29 * step)
    let t106 = t31.times(0.47265625, plus: t3)
    let t107 = t17.times(0.6875)
    let t108 = t45.times(0.324951171875, plus: t107)
    let t109 = t106 + t108
    let t110 = t106 - t108
    let t111 = t31.times(1.890625, plus: t3)
    let t112 = t17.times(1.375)
    let t113 = t45.times(2.599609375, plus: t112)
    let t114 = t111 + t113
    let t115 = t111 - t113
    t3.store(v + 30 * step)
    t109.store(v + 31 * step)
    t110.store(v + 32 * step)
    t114.store(v + 33 * step)
    t115.store(v + 34 * step)
    t45.store(v + 35 * step)
  }

  /// 6×6 outputs of 3×3 taps: v[position] = A ȳ Aᵀ of the output pixels ȳ of one tile
  @inline(__always)
  static func cotangent6<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    let t1 = L.load(pixels[6] + c)
    let t2 = L.load(pixels[12] + c)
    let t3 = L.load(pixels[18] + c)
    let t4 = L.load(pixels[24] + c)
    let t5 = L.load(pixels[30] + c)
    let t6 = t2.times(0.25, plus: t0)
    let t7 = t4.times(0.0625, plus: t6)
    let t8 = t1.times(0.5)
    let t9 = t3.times(0.125, plus: t8)
    let t10 = t5.times(0.03125, plus: t9)
    let t11 = t7 + t10
    let t12 = t7 - t10
    let t13 = t0 + t2
    let t14 = t13 + t4
    let t15 = t1 + t3
    let t16 = t15 + t5
    let t17 = t14 + t16
    let t18 = t14 - t16
    let t19 = t2.times(4.0, plus: t0)
    let t20 = t4.times(16.0, plus: t19)
    let t21 = t1.times(2.0)
    let t22 = t3.times(8.0, plus: t21)
    let t23 = t5.times(32.0, plus: t22)
    let t24 = t20 + t23
    let t25 = t20 - t23
    let t26 = L.load(pixels[1] + c)
    let t27 = L.load(pixels[7] + c)
    let t28 = L.load(pixels[13] + c)
    let t29 = L.load(pixels[19] + c)
    let t30 = L.load(pixels[25] + c)
    let t31 = L.load(pixels[31] + c)
    let t32 = t28.times(0.25, plus: t26)
    let t33 = t30.times(0.0625, plus: t32)
    let t34 = t27.times(0.5)
    let t35 = t29.times(0.125, plus: t34)
    let t36 = t31.times(0.03125, plus: t35)
    let t37 = t33 + t36
    let t38 = t33 - t36
    let t39 = t26 + t28
    let t40 = t39 + t30
    let t41 = t27 + t29
    let t42 = t41 + t31
    let t43 = t40 + t42
    let t44 = t40 - t42
    let t45 = t28.times(4.0, plus: t26)
    let t46 = t30.times(16.0, plus: t45)
    let t47 = t27.times(2.0)
    let t48 = t29.times(8.0, plus: t47)
    let t49 = t31.times(32.0, plus: t48)
    let t50 = t46 + t49
    let t51 = t46 - t49
    let t52 = L.load(pixels[2] + c)
    let t53 = L.load(pixels[8] + c)
    let t54 = L.load(pixels[14] + c)
    let t55 = L.load(pixels[20] + c)
    let t56 = L.load(pixels[26] + c)
    let t57 = L.load(pixels[32] + c)
    let t58 = t54.times(0.25, plus: t52)
    let t59 = t56.times(0.0625, plus: t58)
    let t60 = t53.times(0.5)
    let t61 = t55.times(0.125, plus: t60)
    let t62 = t57.times(0.03125, plus: t61)
    let t63 = t59 + t62
    let t64 = t59 - t62
    let t65 = t52 + t54
    let t66 = t65 + t56
    let t67 = t53 + t55
    let t68 = t67 + t57
    let t69 = t66 + t68
    let t70 = t66 - t68
    let t71 = t54.times(4.0, plus: t52)
    let t72 = t56.times(16.0, plus: t71)
    let t73 = t53.times(2.0)
    let t74 = t55.times(8.0, plus: t73)
    let t75 = t57.times(32.0, plus: t74)
    let t76 = t72 + t75
    let t77 = t72 - t75
    let t78 = L.load(pixels[3] + c)
    let t79 = L.load(pixels[9] + c)
    let t80 = L.load(pixels[15] + c)
    let t81 = L.load(pixels[21] + c)
    let t82 = L.load(pixels[27] + c)
    let t83 = L.load(pixels[33] + c)
    let t84 = t80.times(0.25, plus: t78)
    let t85 = t82.times(0.0625, plus: t84)
    let t86 = t79.times(0.5)
    let t87 = t81.times(0.125, plus: t86)
    let t88 = t83.times(0.03125, plus: t87)
    let t89 = t85 + t88
    let t90 = t85 - t88
    let t91 = t78 + t80
    let t92 = t91 + t82
    let t93 = t79 + t81
    let t94 = t93 + t83
    let t95 = t92 + t94
    let t96 = t92 - t94
    let t97 = t80.times(4.0, plus: t78)
    let t98 = t82.times(16.0, plus: t97)
    let t99 = t79.times(2.0)
    let t100 = t81.times(8.0, plus: t99)
    let t101 = t83.times(32.0, plus: t100)
    let t102 = t98 + t101
    let t103 = t98 - t101
    let t104 = L.load(pixels[4] + c)
    let t105 = L.load(pixels[10] + c)
    let t106 = L.load(pixels[16] + c)
    let t107 = L.load(pixels[22] + c)
    let t108 = L.load(pixels[28] + c)
    let t109 = L.load(pixels[34] + c)
    let t110 = t106.times(0.25, plus: t104)
    let t111 = t108.times(0.0625, plus: t110)
    let t112 = t105.times(0.5)
    let t113 = t107.times(0.125, plus: t112)
    let t114 = t109.times(0.03125, plus: t113)
    let t115 = t111 + t114
    let t116 = t111 - t114
    let t117 = t104 + t106
    let t118 = t117 + t108
    let t119 = t105 + t107
    let t120 = t119 + t109
    let t121 = t118 + t120
    let t122 = t118 - t120
    let t123 = t106.times(4.0, plus: t104)
    let t124 = t108.times(16.0, plus: t123)
    let t125 = t105.times(2.0)
    let t126 = t107.times(8.0, plus: t125)
    let t127 = t109.times(32.0, plus: t126)
    let t128 = t124 + t127
    let t129 = t124 - t127
    let t130 = L.load(pixels[5] + c)
    let t131 = L.load(pixels[11] + c)
    let t132 = L.load(pixels[17] + c)
    let t133 = L.load(pixels[23] + c)
    let t134 = L.load(pixels[29] + c)
    let t135 = L.load(pixels[35] + c)
    let t136 = t132.times(0.25, plus: t130)
    let t137 = t134.times(0.0625, plus: t136)
    let t138 = t131.times(0.5)
    let t139 = t133.times(0.125, plus: t138)
    let t140 = t135.times(0.03125, plus: t139)
    let t141 = t137 + t140
    let t142 = t137 - t140
    let t143 = t130 + t132
    let t144 = t143 + t134
    let t145 = t131 + t133
    let t146 = t145 + t135
    let t147 = t144 + t146
    let t148 = t144 - t146
    let t149 = t132.times(4.0, plus: t130)
    let t150 = t134.times(16.0, plus: t149)
    let t151 = t131.times(2.0)
    let t152 = t133.times(8.0, plus: t151)
    let t153 = t135.times(32.0, plus: t152)
    let t154 = t150 + t153
    let t155 = t150 - t153
    let t156 = t52.times(0.25, plus: t0)
    let t157 = t104.times(0.0625, plus: t156)
    let t158 = t26.times(0.5)
    let t159 = t78.times(0.125, plus: t158)
    let t160 = t130.times(0.03125, plus: t159)
    let t161 = t157 + t160
    let t162 = t157 - t160
    let t163 = t0 + t52
    let t164 = t163 + t104
    let t165 = t26 + t78
    let t166 = t165 + t130
    let t167 = t164 + t166
    let t168 = t164 - t166
    let t169 = t52.times(4.0, plus: t0)
    let t170 = t104.times(16.0, plus: t169)
    let t171 = t26.times(2.0)
    let t172 = t78.times(8.0, plus: t171)
    let t173 = t130.times(32.0, plus: t172)
    let t174 = t170 + t173
    let t175 = t170 - t173
    t0.store(v + 0 * step)
    t161.store(v + 1 * step)
    t162.store(v + 2 * step)
    t167.store(v + 3 * step)
    t168.store(v + 4 * step)
    t174.store(v + 5 * step)
    t175.store(v + 6 * step)
    t130.store(v + 7 * step)
    let t176 = t63.times(0.25, plus: t11)
    let t177 = t115.times(0.0625, plus: t176)
    let t178 = t37.times(0.5)
    let t179 = t89.times(0.125, plus: t178)
    let t180 = t141.times(0.03125, plus: t179)
    let t181 = t177 + t180
    let t182 = t177 - t180
    let t183 = t11 + t63
    let t184 = t183 + t115
    let t185 = t37 + t89
    let t186 = t185 + t141
    let t187 = t184 + t186
    let t188 = t184 - t186
    let t189 = t63.times(4.0, plus: t11)
    let t190 = t115.times(16.0, plus: t189)
    let t191 = t37.times(2.0)
    let t192 = t89.times(8.0, plus: t191)
    let t193 = t141.times(32.0, plus: t192)
    let t194 = t190 + t193
    let t195 = t190 - t193
    t11.store(v + 8 * step)
    t181.store(v + 9 * step)
    t182.store(v + 10 * step)
    t187.store(v + 11 * step)
    t188.store(v + 12 * step)
    t194.store(v + 13 * step)
    t195.store(v + 14 * step)
    t141.store(v + 15 * step)
    let t196 = t64.times(0.25, plus: t12)
    let t197 = t116.times(0.0625, plus: t196)
    let t198 = t38.times(0.5)
    let t199 = t90.times(0.125, plus: t198)
    let t200 = t142.times(0.03125, plus: t199)
    let t201 = t197 + t200
    let t202 = t197 - t200
    let t203 = t12 + t64
    let t204 = t203 + t116
    let t205 = t38 + t90
    let t206 = t205 + t142
    let t207 = t204 + t206
    let t208 = t204 - t206
    let t209 = t64.times(4.0, plus: t12)
    let t210 = t116.times(16.0, plus: t209)
    let t211 = t38.times(2.0)
    let t212 = t90.times(8.0, plus: t211)
    let t213 = t142.times(32.0, plus: t212)
    let t214 = t210 + t213
    let t215 = t210 - t213
    t12.store(v + 16 * step)
    t201.store(v + 17 * step)
    t202.store(v + 18 * step)
    t207.store(v + 19 * step)
    t208.store(v + 20 * step)
    t214.store(v + 21 * step)
    t215.store(v + 22 * step)
    t142.store(v + 23 * step)
    let t216 = t69.times(0.25, plus: t17)
    let t217 = t121.times(0.0625, plus: t216)
    let t218 = t43.times(0.5)
    let t219 = t95.times(0.125, plus: t218)
    let t220 = t147.times(0.03125, plus: t219)
    let t221 = t217 + t220
    let t222 = t217 - t220
    let t223 = t17 + t69
    let t224 = t223 + t121
    let t225 = t43 + t95
    let t226 = t225 + t147
    let t227 = t224 + t226
    let t228 = t224 - t226
    let t229 = t69.times(4.0, plus: t17)
    let t230 = t121.times(16.0, plus: t229)
    let t231 = t43.times(2.0)
    let t232 = t95.times(8.0, plus: t231)
    let t233 = t147.times(32.0, plus: t232)
    let t234 = t230 + t233
    let t235 = t230 - t233
    t17.store(v + 24 * step)
    t221.store(v + 25 * step)
    t222.store(v + 26 * step)
    t227.store(v + 27 * step)
    t228.store(v + 28 * step)
    t234.store(v + 29 * step)
    t235.store(v + 30 * step)
    t147.store(v + 31 * step)
    let t236 = t70.times(0.25, plus: t18)
    let t237 = t122.times(0.0625, plus: t236)
    let t238 = t44.times(0.5)
    let t239 = t96.times(0.125, plus: t238)
    let t240 = t148.times(0.03125, plus: t239)
    let t241 = t237 + t240
    let t242 = t237 - t240
    let t243 = t18 + t70
    let t244 = t243 + t122
    let t245 = t44 + t96
    let t246 = t245 + t148
    let t247 = t244 + t246
    let t248 = t244 - t246
    let t249 = t70.times(4.0, plus: t18)
    let t250 = t122.times(16.0, plus: t249)
    let t251 = t44.times(2.0)
    let t252 = t96.times(8.0, plus: t251)
    let t253 = t148.times(32.0, plus: t252)
    let t254 = t250 + t253
    let t255 = t250 - t253
    t18.store(v + 32 * step)
    t241.store(v + 33 * step)
    t242.store(v + 34 * step)
    t247.store(v + 35 * step)
    t248.store(v + 36 * step)
    t254.store(v + 37 * step)
    t255.store(v + 38 * step)
    t148.store(v + 39 * step)
    let t256 = t76.times(0.25, plus: t24)
    let t257 = t128.times(0.0625, plus: t256)
    let t258 = t50.times(0.5)
    let t259 = t102.times(0.125, plus: t258)
    let t260 = t154.times(0.03125, plus: t259)
    let t261 = t257 + t260
    let t262 = t257 - t260
    let t263 = t24 + t76
    let t264 = t263 + t128
    let t265 = t50 + t102
    let t266 = t265 + t154
    let t267 = t264 + t266
    let t268 = t264 - t266
    let t269 = t76.times(4.0, plus: t24)
    let t270 = t128.times(16.0, plus: t269)
    let t271 = t50.times(2.0)
    let t272 = t102.times(8.0, plus: t271)
    let t273 = t154.times(32.0, plus: t272)
    let t274 = t270 + t273
    let t275 = t270 - t273
    t24.store(v + 40 * step)
    t261.store(v + 41 * step)
    t262.store(v + 42 * step)
    t267.store(v + 43 * step)
    t268.store(v + 44 * step)
    t274.store(v + 45 * step)
    t275.store(v + 46 * step)
    t154.store(v + 47 * step)
    let t276 = t77.times(0.25, plus: t25)
    let t277 = t129.times(0.0625, plus: t276)
    let t278 = t51.times(0.5)
    let t279 = t103.times(0.125, plus: t278)
    let t280 = t155.times(0.03125, plus: t279)
    let t281 = t277 + t280
    let t282 = t277 - t280
    let t283 = t25 + t77
    let t284 = t283 + t129
    let t285 = t51 + t103
    let t286 = t285 + t155
    let t287 = t284 + t286
    let t288 = t284 - t286
    let t289 = t77.times(4.0, plus: t25)
    let t290 = t129.times(16.0, plus: t289)
    let t291 = t51.times(2.0)
    let t292 = t103.times(8.0, plus: t291)
    let t293 = t155.times(32.0, plus: t292)
    let t294 = t290 + t293
    let t295 = t290 - t293
    t25.store(v + 48 * step)
    t281.store(v + 49 * step)
    t282.store(v + 50 * step)
    t287.store(v + 51 * step)
    t288.store(v + 52 * step)
    t294.store(v + 53 * step)
    t295.store(v + 54 * step)
    t155.store(v + 55 * step)
    let t296 = t57.times(0.25, plus: t5)
    let t297 = t109.times(0.0625, plus: t296)
    let t298 = t31.times(0.5)
    let t299 = t83.times(0.125, plus: t298)
    let t300 = t135.times(0.03125, plus: t299)
    let t301 = t297 + t300
    let t302 = t297 - t300
    let t303 = t5 + t57
    let t304 = t303 + t109
    let t305 = t31 + t83
    let t306 = t305 + t135
    let t307 = t304 + t306
    let t308 = t304 - t306
    let t309 = t57.times(4.0, plus: t5)
    let t310 = t109.times(16.0, plus: t309)
    let t311 = t31.times(2.0)
    let t312 = t83.times(8.0, plus: t311)
    let t313 = t135.times(32.0, plus: t312)
    let t314 = t310 + t313
    let t315 = t310 - t313
    t5.store(v + 56 * step)
    t301.store(v + 57 * step)
    t302.store(v + 58 * step)
    t307.store(v + 59 * step)
    t308.store(v + 60 * step)
    t314.store(v + 61 * step)
    t315.store(v + 62 * step)
    t135.store(v + 63 * step)
  }

  /// 2×2 outputs of 3×3 taps, stride 2: v[position] = A ȳ Aᵀ of the output pixels ȳ of one tile
  @inline(__always)
  static func stridedCotangent2<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    let t1 = L.load(pixels[2] + c)
    let t2 = t0 - t1
    let t3 = L.load(pixels[1] + c)
    let t4 = L.load(pixels[3] + c)
    let t5 = t3 - t4
    let t6 = t0 - t3
    t0.store(v + 0 * step)
    t6.store(v + 1 * step)
    t3.store(v + 2 * step)
    t0.store(v + 3 * step)
    t3.store(v + 4 * step)
    let t7 = t2 - t5
    t2.store(v + 5 * step)
    t7.store(v + 6 * step)
    t5.store(v + 7 * step)
    t2.store(v + 8 * step)
    t5.store(v + 9 * step)
    let t8 = t1 - t4
    t1.store(v + 10 * step)
    t8.store(v + 11 * step)
    t4.store(v + 12 * step)
    t1.store(v + 13 * step)
    t4.store(v + 14 * step)
    let t9 = t0 - t3
    t0.store(v + 15 * step)
    t9.store(v + 16 * step)
    t3.store(v + 17 * step)
    t0.store(v + 18 * step)
    t3.store(v + 19 * step)
    let t10 = t1 - t4
    t1.store(v + 20 * step)
    t10.store(v + 21 * step)
    t4.store(v + 22 * step)
    t1.store(v + 23 * step)
    t4.store(v + 24 * step)
  }

  /// 3×3 outputs of 3×3 taps, stride 2: v[position] = A ȳ Aᵀ of the output pixels ȳ of one tile
  @inline(__always)
  static func stridedCotangent3<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    let t1 = L.load(pixels[3] + c)
    let t2 = L.load(pixels[6] + c)
    let t3 = t0 + t2
    let t4 = t3 + t1
    let t5 = t3 - t1
    let t6 = L.load(pixels[1] + c)
    let t7 = L.load(pixels[4] + c)
    let t8 = L.load(pixels[7] + c)
    let t9 = t6 + t8
    let t10 = t9 + t7
    let t11 = t9 - t7
    let t12 = L.load(pixels[2] + c)
    let t13 = L.load(pixels[5] + c)
    let t14 = L.load(pixels[8] + c)
    let t15 = t12 + t14
    let t16 = t15 + t13
    let t17 = t15 - t13
    let t18 = t0 + t12
    let t19 = t18 + t6
    let t20 = t18 - t6
    t0.store(v + 0 * step)
    t19.store(v + 1 * step)
    t20.store(v + 2 * step)
    t12.store(v + 3 * step)
    t0.store(v + 4 * step)
    t6.store(v + 5 * step)
    t12.store(v + 6 * step)
    let t21 = t4 + t16
    let t22 = t21 + t10
    let t23 = t21 - t10
    t4.store(v + 7 * step)
    t22.store(v + 8 * step)
    t23.store(v + 9 * step)
    t16.store(v + 10 * step)
    t4.store(v + 11 * step)
    t10.store(v + 12 * step)
    t16.store(v + 13 * step)
    let t24 = t5 + t17
    let t25 = t24 + t11
    let t26 = t24 - t11
    t5.store(v + 14 * step)
    t25.store(v + 15 * step)
    t26.store(v + 16 * step)
    t17.store(v + 17 * step)
    t5.store(v + 18 * step)
    t11.store(v + 19 * step)
    t17.store(v + 20 * step)
    let t27 = t2 + t14
    let t28 = t27 + t8
    let t29 = t27 - t8
    t2.store(v + 21 * step)
    t28.store(v + 22 * step)
    t29.store(v + 23 * step)
    t14.store(v + 24 * step)
    t2.store(v + 25 * step)
    t8.store(v + 26 * step)
    t14.store(v + 27 * step)
    let t30 = t0 + t12
    let t31 = t30 + t6
    let t32 = t30 - t6
    t0.store(v + 28 * step)
    t31.store(v + 29 * step)
    t32.store(v + 30 * step)
    t12.store(v + 31 * step)
    t0.store(v + 32 * step)
    t6.store(v + 33 * step)
    t12.store(v + 34 * step)
    let t33 = t1 + t13
    let t34 = t33 + t7
    let t35 = t33 - t7
    t1.store(v + 35 * step)
    t34.store(v + 36 * step)
    t35.store(v + 37 * step)
    t13.store(v + 38 * step)
    t1.store(v + 39 * step)
    t7.store(v + 40 * step)
    t13.store(v + 41 * step)
    let t36 = t2 + t14
    let t37 = t36 + t8
    let t38 = t36 - t8
    t2.store(v + 42 * step)
    t37.store(v + 43 * step)
    t38.store(v + 44 * step)
    t14.store(v + 45 * step)
    t2.store(v + 46 * step)
    t8.store(v + 47 * step)
    t14.store(v + 48 * step)
  }

  /// 4×4 outputs of 3×3 taps, stride 2: v[position] = A ȳ Aᵀ of the output pixels ȳ of one tile
  @inline(__always)
  static func stridedCotangent4<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    let t1 = L.load(pixels[4] + c)
    let t2 = L.load(pixels[8] + c)
    let t3 = L.load(pixels[12] + c)
    let t4 = t2.times(0.25, plus: t0)
    let t5 = t1.times(0.5)
    let t6 = t3.times(0.125, plus: t5)
    let t7 = t4 + t6
    let t8 = t4 - t6
    let t9 = t2.times(2.25, plus: t0)
    let t10 = t1.times(1.5)
    let t11 = t3.times(3.375, plus: t10)
    let t12 = t9 + t11
    let t13 = t9 - t11
    let t14 = L.load(pixels[1] + c)
    let t15 = L.load(pixels[5] + c)
    let t16 = L.load(pixels[9] + c)
    let t17 = L.load(pixels[13] + c)
    let t18 = t16.times(0.25, plus: t14)
    let t19 = t15.times(0.5)
    let t20 = t17.times(0.125, plus: t19)
    let t21 = t18 + t20
    let t22 = t18 - t20
    let t23 = t16.times(2.25, plus: t14)
    let t24 = t15.times(1.5)
    let t25 = t17.times(3.375, plus: t24)
    let t26 = t23 + t25
    let t27 = t23 - t25
    let t28 = L.load(pixels[2] + c)
    let t29 = L.load(pixels[6] + c)
    let t30 = L.load(pixels[10] + c)
    let t31 = L.load(pixels[14] + c)
    let t32 = t30.times(0.25, plus: t28)
    let t33 = t29.times(0.5)
    let t34 = t31.times(0.125, plus: t33)
    let t35 = t32 + t34
    let t36 = t32 - t34
    let t37 = t30.times(2.25, plus: t28)
    let t38 = t29.times(1.5)
    let t39 = t31.times(3.375, plus: t38)
    let t40 = t37 + t39
    let t41 = t37 - t39
    let t42 = L.load(pixels[3] + c)
    let t43 = L.load(pixels[7] + c)
    let t44 = L.load(pixels[11] + c)
    let t45 = L.load(pixels[15] + c)
    let t46 = t44.times(0.25, plus: t42)
    let t47 = t43.times(0.5)
    let t48 = t45.times(0.125, plus: t47)
    let t49 = t46 + t48
    let t50 = t46 - t48
    let t51 = t44.times(2.25, plus: t42)
    let t52 = t43.times(1.5)
    let t53 = t45.times(3.375, plus: t52)
    let t54 = t51 + t53
    let t55 = t51 - t53
    let t56 = t35.times(0.25, plus: t7)
    let t57 = t21.times(0.5)
    let t58 = t49.times(0.125, plus: t57)
    let t59 = t56 + t58
    let t60 = t56 - t58
    let t61 = t35.times(2.25, plus: t7)
    let t62 = t21.times(1.5)
    let t63 = t49.times(3.375, plus: t62)
    let t64 = t61 + t63
    let t65 = t61 - t63
    t59.store(v + 0 * step)
    t60.store(v + 1 * step)
    t64.store(v + 2 * step)
    t65.store(v + 3 * step)
    t49.store(v + 4 * step)
    t7.store(v + 5 * step)
    t21.store(v + 6 * step)
    t35.store(v + 7 * step)
    t49.store(v + 8 * step)
    let t66 = t36.times(0.25, plus: t8)
    let t67 = t22.times(0.5)
    let t68 = t50.times(0.125, plus: t67)
    let t69 = t66 + t68
    let t70 = t66 - t68
    let t71 = t36.times(2.25, plus: t8)
    let t72 = t22.times(1.5)
    let t73 = t50.times(3.375, plus: t72)
    let t74 = t71 + t73
    let t75 = t71 - t73
    t69.store(v + 9 * step)
    t70.store(v + 10 * step)
    t74.store(v + 11 * step)
    t75.store(v + 12 * step)
    t50.store(v + 13 * step)
    t8.store(v + 14 * step)
    t22.store(v + 15 * step)
    t36.store(v + 16 * step)
    t50.store(v + 17 * step)
    let t76 = t40.times(0.25, plus: t12)
    let t77 = t26.times(0.5)
    let t78 = t54.times(0.125, plus: t77)
    let t79 = t76 + t78
    let t80 = t76 - t78
    let t81 = t40.times(2.25, plus: t12)
    let t82 = t26.times(1.5)
    let t83 = t54.times(3.375, plus: t82)
    let t84 = t81 + t83
    let t85 = t81 - t83
    t79.store(v + 18 * step)
    t80.store(v + 19 * step)
    t84.store(v + 20 * step)
    t85.store(v + 21 * step)
    t54.store(v + 22 * step)
    t12.store(v + 23 * step)
    t26.store(v + 24 * step)
    t40.store(v + 25 * step)
    t54.store(v + 26 * step)
    let t86 = t41.times(0.25, plus: t13)
    let t87 = t27.times(0.5)
    let t88 = t55.times(0.125, plus: t87)
    let t89 = t86 + t88
    let t90 = t86 - t88
    let t91 = t41.times(2.25, plus: t13)
    let t92 = t27.times(1.5)
    let t93 = t55.times(3.375, plus: t92)
    let t94 = t91 + t93
    let t95 = t91 - t93
    t89.store(v + 27 * step)
    t90.store(v + 28 * step)
    t94.store(v + 29 * step)
    t95.store(v + 30 * step)
    t55.store(v + 31 * step)
    t13.store(v + 32 * step)
    t27.store(v + 33 * step)
    t41.store(v + 34 * step)
    t55.store(v + 35 * step)
    let t96 = t31.times(0.25, plus: t3)
    let t97 = t17.times(0.5)
    let t98 = t45.times(0.125, plus: t97)
    let t99 = t96 + t98
    let t100 = t96 - t98
    let t101 = t31.times(2.25, plus: t3)
    let t102 = t17.times(1.5)
    let t103 = t45.times(3.375, plus: t102)
    let t104 = t101 + t103
    let t105 = t101 - t103
    t99.store(v + 36 * step)
    t100.store(v + 37 * step)
    t104.store(v + 38 * step)
    t105.store(v + 39 * step)
    t45.store(v + 40 * step)
    t3.store(v + 41 * step)
    t17.store(v + 42 * step)
    t31.store(v + 43 * step)
    t45.store(v + 44 * step)
    let t106 = t28.times(0.25, plus: t0)
    let t107 = t14.times(0.5)
    let t108 = t42.times(0.125, plus: t107)
    let t109 = t106 + t108
    let t110 = t106 - t108
    let t111 = t28.times(2.25, plus: t0)
    let t112 = t14.times(1.5)
    let t113 = t42.times(3.375, plus: t112)
    let t114 = t111 + t113
    let t115 = t111 - t113
    t109.store(v + 45 * step)
    t110.store(v + 46 * step)
    t114.store(v + 47 * step)
    t115.store(v + 48 * step)
    t42.store(v + 49 * step)
    t0.store(v + 50 * step)
    t14.store(v + 51 * step)
    t28.store(v + 52 * step)
    t42.store(v + 53 * step)
    let t116 = t29.times(0.25, plus: t1)
    let t117 = t15.times(0.5)
    let t118 = t43.times(0.125, plus: t117)
    let t119 = t116 + t118
    let t120 = t116 - t118
    let t121 = t29.times(2.25, plus: t1)
    let t122 = t15.times(1.5)
    let t123 = t43.times(3.375, plus: t122)
    let t124 = t121 + t123
    let t125 = t121 - t123
    t119.store(v + 54 * step)
    t120.store(v + 55 * step)
    t124.store(v + 56 * step)
    t125.store(v + 57 * step)
    t43.store(v + 58 * step)
    t1.store(v + 59 * step)
    t15.store(v + 60 * step)
    t29.store(v + 61 * step)
    t43.store(v + 62 * step)
    let t126 = t30.times(0.25, plus: t2)
    let t127 = t16.times(0.5)
    let t128 = t44.times(0.125, plus: t127)
    let t129 = t126 + t128
    let t130 = t126 - t128
    let t131 = t30.times(2.25, plus: t2)
    let t132 = t16.times(1.5)
    let t133 = t44.times(3.375, plus: t132)
    let t134 = t131 + t133
    let t135 = t131 - t133
    t129.store(v + 63 * step)
    t130.store(v + 64 * step)
    t134.store(v + 65 * step)
    t135.store(v + 66 * step)
    t44.store(v + 67 * step)
    t2.store(v + 68 * step)
    t16.store(v + 69 * step)
    t30.store(v + 70 * step)
    t44.store(v + 71 * step)
    let t136 = t31.times(0.25, plus: t3)
    let t137 = t17.times(0.5)
    let t138 = t45.times(0.125, plus: t137)
    let t139 = t136 + t138
    let t140 = t136 - t138
    let t141 = t31.times(2.25, plus: t3)
    let t142 = t17.times(1.5)
    let t143 = t45.times(3.375, plus: t142)
    let t144 = t141 + t143
    let t145 = t141 - t143
    t139.store(v + 72 * step)
    t140.store(v + 73 * step)
    t144.store(v + 74 * step)
    t145.store(v + 75 * step)
    t45.store(v + 76 * step)
    t3.store(v + 77 * step)
    t17.store(v + 78 * step)
    t31.store(v + 79 * step)
    t45.store(v + 80 * step)
  }

  /// 4×4 outputs of 4×4 taps: v[position] = A ȳ Aᵀ of the output pixels ȳ of one tile
  @inline(__always)
  static func fourTapCotangent4<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    let t1 = L.load(pixels[4] + c)
    let t2 = L.load(pixels[8] + c)
    let t3 = L.load(pixels[12] + c)
    let t4 = t2.times(0.0625, plus: t0)
    let t5 = t1.times(0.25)
    let t6 = t3.times(0.015625, plus: t5)
    let t7 = t4 + t6
    let t8 = t4 - t6
    let t9 = t2.times(0.765625, plus: t0)
    let t10 = t1.times(0.875)
    let t11 = t3.times(0.669921875, plus: t10)
    let t12 = t9 + t11
    let t13 = t9 - t11
    let t14 = t2.times(4.515625, plus: t0)
    let t15 = t1.times(2.125)
    let t16 = t3.times(9.595703125, plus: t15)
    let t17 = t14 + t16
    let t18 = t14 - t16
    let t19 = L.load(pixels[1] + c)
    let t20 = L.load(pixels[5] + c)
    let t21 = L.load(pixels[9] + c)
    let t22 = L.load(pixels[13] + c)
    let t23 = t21.times(0.0625, plus: t19)
    let t24 = t20.times(0.25)
    let t25 = t22.times(0.015625, plus: t24)
    let t26 = t23 + t25
    let t27 = t23 - t25
    let t28 = t21.times(0.765625, plus: t19)
    let t29 = t20.times(0.875)
    let t30 = t22.times(0.669921875, plus: t29)
    let t31 = t28 + t30
    let t32 = t28 - t30
    let t33 = t21.times(4.515625, plus: t19)
    let t34 = t20.times(2.125)
    let t35 = t22.times(9.595703125, plus: t34)
    let t36 = t33 + t35
    let t37 = t33 - t35
    let t38 = L.load(pixels[2] + c)
    let t39 = L.load(pixels[6] + c)
    let t40 = L.load(pixels[10] + c)
    let t41 = L.load(pixels[14] + c)
    let t42 = t40.times(0.0625, plus: t38)
    let t43 = t39.times(0.25)
    let t44 = t41.times(0.015625, plus: t43)
    let t45 = t42 + t44
    let t46 = t42 - t44
    let t47 = t40.times(0.765625, plus: t38)
    let t48 = t39.times(0.875)
    let t49 = t41.times(0.669921875, plus: t48)
    let t50 = t47 + t49
    let t51 = t47 - t49
    let t52 = t40.times(4.515625, plus: t38)
    let t53 = t39.times(2.125)
    let t54 = t41.times(9.595703125, plus: t53)
    let t55 = t52 + t54
    let t56 = t52 - t54
    let t57 = L.load(pixels[3] + c)
    let t58 = L.load(pixels[7] + c)
    let t59 = L.load(pixels[11] + c)
    let t60 = L.load(pixels[15] + c)
    let t61 = t59.times(0.0625, plus: t57)
    let t62 = t58.times(0.25)
    let t63 = t60.times(0.015625, plus: t62)
    let t64 = t61 + t63
    let t65 = t61 - t63
    let t66 = t59.times(0.765625, plus: t57)
    let t67 = t58.times(0.875)
    let t68 = t60.times(0.669921875, plus: t67)
    let t69 = t66 + t68
    let t70 = t66 - t68
    let t71 = t59.times(4.515625, plus: t57)
    let t72 = t58.times(2.125)
    let t73 = t60.times(9.595703125, plus: t72)
    let t74 = t71 + t73
    let t75 = t71 - t73
    let t76 = t45.times(0.0625, plus: t7)
    let t77 = t26.times(0.25)
    let t78 = t64.times(0.015625, plus: t77)
    let t79 = t76 + t78
    let t80 = t76 - t78
    let t81 = t45.times(0.765625, plus: t7)
    let t82 = t26.times(0.875)
    let t83 = t64.times(0.669921875, plus: t82)
    let t84 = t81 + t83
    let t85 = t81 - t83
    let t86 = t45.times(4.515625, plus: t7)
    let t87 = t26.times(2.125)
    let t88 = t64.times(9.595703125, plus: t87)
    let t89 = t86 + t88
    let t90 = t86 - t88
    t79.store(v + 0 * step)
    t80.store(v + 1 * step)
    t84.store(v + 2 * step)
    t85.store(v + 3 * step)
    t89.store(v + 4 * step)
    t90.store(v + 5 * step)
    t64.store(v + 6 * step)
    let t91 = t46.times(0.0625, plus: t8)
    let t92 = t27.times(0.25)
    let t93 = t65.times(0.015625, plus: t92)
    let t94 = t91 + t93
    let t95 = t91 - t93
    let t96 = t46.times(0.765625, plus: t8)
    let t97 = t27.times(0.875)
    let t98 = t65.times(0.669921875, plus: t97)
    let t99 = t96 + t98
    let t100 = t96 - t98
    let t101 = t46.times(4.515625, plus: t8)
    let t102 = t27.times(2.125)
    let t103 = t65.times(9.595703125, plus: t102)
    let t104 = t101 + t103
    let t105 = t101 - t103
    t94.store(v + 7 * step)
    t95.store(v + 8 * step)
    t99.store(v + 9 * step)
    t100.store(v + 10 * step)
    t104.store(v + 11 * step)
    t105.store(v + 12 * step)
    t65.store(v + 13 * step)
    let t106 = t50.times(0.0625, plus: t12)
    let t107 = t31.times(0.25)
    let t108 = t69.times(0.015625, plus: t107)
    let t109 = t106 + t108
    let t110 = t106 - t108
    let t111 = t50.times(0.765625, plus: t12)
    let t112 = t31.times(0.875)
    let t113 = t69.times(0.669921875, plus: t112)
    let t114 = t111 + t113
    let t115 = t111 - t113
    let t116 = t50.times(4.515625, plus: t12)
    let t117 = t31.times(2.125)
    let t118 = t69.times(9.595703125, plus: t117)
    let t119 = t116 + t118
    let t120 = t116 - t118
    t109.store(v + 14 * step)
    t110.store(v + 15 * step)
    t114.store(v + 16 * step)
    t115.store(v + 17 * step)
    t119.store(v + 18 * step)
    t120.store(v + 19 * step)
    t69.store(v + 20 * step)
    let t121 = t51.times(0.0625, plus: t13)
    let t122 = t32.times(0.25)
    let t123 = t70.times(0.015625, plus: t122)
    let t124 = t121 + t123
    let t125 = t121 - t123
    let t126 = t51.times(0.765625, plus: t13)
    let t127 = t32.times(0.875)
    let t128 = t70.times(0.669921875, plus: t127)
    let t129 = t126 + t128
    let t130 = t126 - t128
    let t131 = t51.times(4.515625, plus: t13)
    let t132 = t32.times(2.125)
    let t133 = t70.times(9.595703125, plus: t132)
    let t134 = t131 + t133
    let t135 = t131 - t133
    t124.store(v + 21 * step)
    t125.store(v + 22 * step)
    t129.store(v + 23 * step)
    t130.store(v + 24 * step)
    t134.store(v + 25 * step)
    t135.store(v + 26 * step)
    t70.store(v + 27 * step)
    let t136 = t55.times(0.0625, plus: t17)
    let t137 = t36.times(0.25)
    let t138 = t74.times(0.015625, plus: t137)
    let t139 = t136 + t138
    let t140 = t136 - t138
    let t141 = t55.times(0.765625, plus: t17)
    let t142 = t36.times(0.875)
    let t143 = t74.times(0.669921875, plus: t142)
    let t144 = t141 + t143
    let t145 = t141 - t143
    let t146 = t55.times(4.515625, plus: t17)
    let t147 = t36.times(2.125)
    let t148 = t74.times(9.595703125, plus: t147)
    let t149 = t146 + t148
    let t150 = t146 - t148
    t139.store(v + 28 * step)
    t140.store(v + 29 * step)
    t144.store(v + 30 * step)
    t145.store(v + 31 * step)
    t149.store(v + 32 * step)
    t150.store(v + 33 * step)
    t74.store(v + 34 * step)
    let t151 = t56.times(0.0625, plus: t18)
    let t152 = t37.times(0.25)
    let t153 = t75.times(0.015625, plus: t152)
    let t154 = t151 + t153
    let t155 = t151 - t153
    let t156 = t56.times(0.765625, plus: t18)
    let t157 = t37.times(0.875)
    let t158 = t75.times(0.669921875, plus: t157)
    let t159 = t156 + t158
    let t160 = t156 - t158
    let t161 = t56.times(4.515625, plus: t18)
    let t162 = t37.times(2.125)
    let t163 = t75.times(9.595703125, plus: t162)
    let t164 = t161 + t163
    let t165 = t161 - t163
    t154.store(v + 35 * step)
    t155.store(v + 36 * step)
    t159.store(v + 37 * step)
    t160.store(v + 38 * step)
    t164.store(v + 39 * step)
    t165.store(v + 40 * step)
    t75.store(v + 41 * step)
    let t166 = t41.times(0.0625, plus: t3)
    let t167 = t22.times(0.25)
    let t168 = t60.times(0.015625, plus: t167)
    let t169 = t166 + t168
    let t170 = t166 - t168
    let t171 = t41.times(0.765625, plus: t3)
    let t172 = t22.times(0.875)
    let t173 = t60.times(0.669921875, plus: t172)
    let t174 = t171 + t173
    let t175 = t171 - t173
    let t176 = t41.times(4.515625, plus: t3)
    let t177 = t22.times(2.125)
    let t178 = t60.times(9.595703125, plus: t177)
    let t179 = t176 + t178
    let t180 = t176 - t178
    t169.store(v + 42 * step)
    t170.store(v + 43 * step)
    t174.store(v + 44 * step)
    t175.store(v + 45 * step)
    t179.store(v + 46 * step)
    t180.store(v + 47 * step)
    t60.store(v + 48 * step)
  }

  /// 1×1 outputs of 3×3 taps within a border of zeros: v[position] = A ȳ Aᵀ of the output pixels ȳ of one tile
  @inline(__always)
  static func borderedCotangent1<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    t0.store(v + 0 * step)
  }

  /// 2×2 outputs of 3×3 taps within a border of zeros: v[position] = A ȳ Aᵀ of the output pixels ȳ of one tile
  @inline(__always)
  static func borderedCotangent2<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    let t1 = L.load(pixels[2] + c)
    let t2 = t1 - t0
    let t3 = L.load(pixels[1] + c)
    let t4 = L.load(pixels[3] + c)
    let t5 = t4 - t3
    let t6 = t4 - t1
    t4.store(v + 0 * step)
    t6.store(v + 1 * step)
    t1.store(v + 2 * step)
    let t7 = t5 - t2
    t5.store(v + 3 * step)
    t7.store(v + 4 * step)
    t2.store(v + 5 * step)
    let t8 = t3 - t0
    t3.store(v + 6 * step)
    t8.store(v + 7 * step)
    t0.store(v + 8 * step)
  }

  /// 3×3 outputs of 3×3 taps within a border of zeros: v[position] = A ȳ Aᵀ of the output pixels ȳ of one tile
  @inline(__always)
  static func borderedCotangent3<L: Lane>(_: L.Type, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    let t0 = L.load(pixels[0] + c)
    let t1 = L.load(pixels[3] + c)
    let t2 = L.load(pixels[6] + c)
    let t3 = t1.times(1.5)
    let t4 = t0 + t2
    let t5 = t3 + t4
    let t6 = t3 - t4
    let t7 = t1.times(0.5)
    let t8 = t2 - t0
    let t9 = t7 + t8
    let t10 = t7 - t8
    let t11 = L.load(pixels[1] + c)
    let t12 = L.load(pixels[4] + c)
    let t13 = L.load(pixels[7] + c)
    let t14 = t12.times(1.5)
    let t15 = t11 + t13
    let t16 = t14 + t15
    let t17 = t14 - t15
    let t18 = t12.times(0.5)
    let t19 = t13 - t11
    let t20 = t18 + t19
    let t21 = t18 - t19
    let t22 = L.load(pixels[2] + c)
    let t23 = L.load(pixels[5] + c)
    let t24 = L.load(pixels[8] + c)
    let t25 = t23.times(1.5)
    let t26 = t22 + t24
    let t27 = t25 + t26
    let t28 = t25 - t26
    let t29 = t23.times(0.5)
    let t30 = t24 - t22
    let t31 = t29 + t30
    let t32 = t29 - t30
    let t33 = t16.times(1.5)
    let t34 = t5 + t27
    let t35 = t33 + t34
    let t36 = t33 - t34
    let t37 = t16.times(0.5)
    let t38 = t27 - t5
    let t39 = t37 + t38
    let t40 = t37 - t38
    t35.store(v + 0 * step)
    t36.store(v + 1 * step)
    t39.store(v + 2 * step)
    t40.store(v + 3 * step)
    let t41 = t17.times(1.5)
    let t42 = t6 + t28
    let t43 = t41 + t42
    let t44 = t41 - t42
    let t45 = t17.times(0.5)
    let t46 = t28 - t6
    let t47 = t45 + t46
    let t48 = t45 - t46
    t43.store(v + 4 * step)
    t44.store(v + 5 * step)
    t47.store(v + 6 * step)
    t48.store(v + 7 * step)
    let t49 = t20.times(1.5)
    let t50 = t9 + t31
    let t51 = t49 + t50
    let t52 = t49 - t50
    let t53 = t20.times(0.5)
    let t54 = t31 - t9
    let t55 = t53 + t54
    let t56 = t53 - t54
    t51.store(v + 8 * step)
    t52.store(v + 9 * step)
    t55.store(v + 10 * step)
    t56.store(v + 11 * step)
    let t57 = t21.times(1.5)
    let t58 = t10 + t32
    let t59 = t57 + t58
    let t60 = t57 - t58
    let t61 = t21.times(0.5)
    let t62 = t32 - t10
    let t63 = t61 + t62
    let t64 = t61 - t62
    t59.store(v + 12 * step)
    t60.store(v + 13 * step)
    t63.store(v + 14 * step)
    t64.store(v + 15 * step)
  }

  /// 2×2 outputs of 3×3 taps, stride 2: pixels += B m Bᵀ of the products m of one tile: the adjoint of `input`
  @inline(__always)
  static func stridedInputAdjoint2<L: Lane>(_: L.Type, _ m: Source, step: Int, _ c: Int, addingTo pixels: UnsafePointer<Destination>) {
    let t0 = L.load(m + 0 * step)
    let t1 = L.load(m + 5 * step)
    let t2 = L.load(m + 10 * step)
    let t3 = L.load(m + 15 * step)
    let t4 = L.load(m + 20 * step)
    let t5 = t0 + t1
    let t6 = t5 + t2
    let t7 = L.load(m + 1 * step)
    let t8 = L.load(m + 6 * step)
    let t9 = L.load(m + 11 * step)
    let t10 = L.load(m + 16 * step)
    let t11 = L.load(m + 21 * step)
    let t12 = t7 + t8
    let t13 = t12 + t9
    let t14 = L.load(m + 2 * step)
    let t15 = L.load(m + 7 * step)
    let t16 = L.load(m + 12 * step)
    let t17 = L.load(m + 17 * step)
    let t18 = L.load(m + 22 * step)
    let t19 = t14 + t15
    let t20 = t19 + t16
    let t21 = L.load(m + 3 * step)
    let t22 = L.load(m + 8 * step)
    let t23 = L.load(m + 13 * step)
    let t24 = L.load(m + 18 * step)
    let t25 = L.load(m + 23 * step)
    let t26 = t21 + t22
    let t27 = t26 + t23
    let t28 = L.load(m + 4 * step)
    let t29 = L.load(m + 9 * step)
    let t30 = L.load(m + 14 * step)
    let t31 = L.load(m + 19 * step)
    let t32 = L.load(m + 24 * step)
    let t33 = t28 + t29
    let t34 = t33 + t30
    let t35 = t0 + t7
    let t36 = t35 + t14
    (L.load(pixels[0] + c) + t0).store(pixels[0] + c)
    (L.load(pixels[1] + c) + t21).store(pixels[1] + c)
    (L.load(pixels[2] + c) + t36).store(pixels[2] + c)
    (L.load(pixels[3] + c) + t28).store(pixels[3] + c)
    (L.load(pixels[4] + c) + t14).store(pixels[4] + c)
    let t37 = t3 + t10
    let t38 = t37 + t17
    (L.load(pixels[5] + c) + t3).store(pixels[5] + c)
    (L.load(pixels[6] + c) + t24).store(pixels[6] + c)
    (L.load(pixels[7] + c) + t38).store(pixels[7] + c)
    (L.load(pixels[8] + c) + t31).store(pixels[8] + c)
    (L.load(pixels[9] + c) + t17).store(pixels[9] + c)
    let t39 = t6 + t13
    let t40 = t39 + t20
    (L.load(pixels[10] + c) + t6).store(pixels[10] + c)
    (L.load(pixels[11] + c) + t27).store(pixels[11] + c)
    (L.load(pixels[12] + c) + t40).store(pixels[12] + c)
    (L.load(pixels[13] + c) + t34).store(pixels[13] + c)
    (L.load(pixels[14] + c) + t20).store(pixels[14] + c)
    let t41 = t4 + t11
    let t42 = t41 + t18
    (L.load(pixels[15] + c) + t4).store(pixels[15] + c)
    (L.load(pixels[16] + c) + t25).store(pixels[16] + c)
    (L.load(pixels[17] + c) + t42).store(pixels[17] + c)
    (L.load(pixels[18] + c) + t32).store(pixels[18] + c)
    (L.load(pixels[19] + c) + t18).store(pixels[19] + c)
    let t43 = t2 + t9
    let t44 = t43 + t16
    (L.load(pixels[20] + c) + t2).store(pixels[20] + c)
    (L.load(pixels[21] + c) + t23).store(pixels[21] + c)
    (L.load(pixels[22] + c) + t44).store(pixels[22] + c)
    (L.load(pixels[23] + c) + t30).store(pixels[23] + c)
    (L.load(pixels[24] + c) + t16).store(pixels[24] + c)
  }

  /// 3×3 outputs of 3×3 taps, stride 2: pixels += B m Bᵀ of the products m of one tile: the adjoint of `input`
  @inline(__always)
  static func stridedInputAdjoint3<L: Lane>(_: L.Type, _ m: Source, step: Int, _ c: Int, addingTo pixels: UnsafePointer<Destination>) {
    let t0 = L.load(m + 0 * step)
    let t1 = L.load(m + 7 * step)
    let t2 = L.load(m + 14 * step)
    let t3 = L.load(m + 21 * step)
    let t4 = L.load(m + 28 * step)
    let t5 = L.load(m + 35 * step)
    let t6 = L.load(m + 42 * step)
    let t7 = t1 + t2
    let t8 = t1 - t2
    let t9 = -t0
    let t10 = t8 - t3
    let t11 = t0 + t7
    let t12 = L.load(m + 1 * step)
    let t13 = L.load(m + 8 * step)
    let t14 = L.load(m + 15 * step)
    let t15 = L.load(m + 22 * step)
    let t16 = L.load(m + 29 * step)
    let t17 = L.load(m + 36 * step)
    let t18 = L.load(m + 43 * step)
    let t19 = t13 + t14
    let t20 = t13 - t14
    let t21 = -t12
    let t22 = t20 - t15
    let t23 = t12 + t19
    let t24 = L.load(m + 2 * step)
    let t25 = L.load(m + 9 * step)
    let t26 = L.load(m + 16 * step)
    let t27 = L.load(m + 23 * step)
    let t28 = L.load(m + 30 * step)
    let t29 = L.load(m + 37 * step)
    let t30 = L.load(m + 44 * step)
    let t31 = t25 + t26
    let t32 = t25 - t26
    let t33 = -t24
    let t34 = t32 - t27
    let t35 = t24 + t31
    let t36 = L.load(m + 3 * step)
    let t37 = L.load(m + 10 * step)
    let t38 = L.load(m + 17 * step)
    let t39 = L.load(m + 24 * step)
    let t40 = L.load(m + 31 * step)
    let t41 = L.load(m + 38 * step)
    let t42 = L.load(m + 45 * step)
    let t43 = t37 + t38
    let t44 = t37 - t38
    let t45 = -t36
    let t46 = t44 - t39
    let t47 = t36 + t43
    let t48 = L.load(m + 4 * step)
    let t49 = L.load(m + 11 * step)
    let t50 = L.load(m + 18 * step)
    let t51 = L.load(m + 25 * step)
    let t52 = L.load(m + 32 * step)
    let t53 = L.load(m + 39 * step)
    let t54 = L.load(m + 46 * step)
    let t55 = t49 + t50
    let t56 = t49 - t50
    let t57 = -t48
    let t58 = t56 - t51
    let t59 = t48 + t55
    let t60 = L.load(m + 5 * step)
    let t61 = L.load(m + 12 * step)
    let t62 = L.load(m + 19 * step)
    let t63 = L.load(m + 26 * step)
    let t64 = L.load(m + 33 * step)
    let t65 = L.load(m + 40 * step)
    let t66 = L.load(m + 47 * step)
    let t67 = t61 + t62
    let t68 = t61 - t62
    let t69 = -t60
    let t70 = t68 - t63
    let t71 = t60 + t67
    let t72 = L.load(m + 6 * step)
    let t73 = L.load(m + 13 * step)
    let t74 = L.load(m + 20 * step)
    let t75 = L.load(m + 27 * step)
    let t76 = L.load(m + 34 * step)
    let t77 = L.load(m + 41 * step)
    let t78 = L.load(m + 48 * step)
    let t79 = t73 + t74
    let t80 = t73 - t74
    let t81 = -t72
    let t82 = t80 - t75
    let t83 = t72 + t79
    let t84 = t21 + t33
    let t85 = t21 - t33
    let t86 = -t9
    let t87 = t85 - t45
    let t88 = t9 + t84
    (L.load(pixels[0] + c) + t86).store(pixels[0] + c)
    (L.load(pixels[1] + c) + t57).store(pixels[1] + c)
    (L.load(pixels[2] + c) + t87).store(pixels[2] + c)
    (L.load(pixels[3] + c) + t69).store(pixels[3] + c)
    (L.load(pixels[4] + c) + t88).store(pixels[4] + c)
    (L.load(pixels[5] + c) + t81).store(pixels[5] + c)
    (L.load(pixels[6] + c) + t45).store(pixels[6] + c)
    let t89 = t16 + t28
    let t90 = t16 - t28
    let t91 = -t4
    let t92 = t90 - t40
    let t93 = t4 + t89
    (L.load(pixels[7] + c) + t91).store(pixels[7] + c)
    (L.load(pixels[8] + c) + t52).store(pixels[8] + c)
    (L.load(pixels[9] + c) + t92).store(pixels[9] + c)
    (L.load(pixels[10] + c) + t64).store(pixels[10] + c)
    (L.load(pixels[11] + c) + t93).store(pixels[11] + c)
    (L.load(pixels[12] + c) + t76).store(pixels[12] + c)
    (L.load(pixels[13] + c) + t40).store(pixels[13] + c)
    let t94 = t22 + t34
    let t95 = t22 - t34
    let t96 = -t10
    let t97 = t95 - t46
    let t98 = t10 + t94
    (L.load(pixels[14] + c) + t96).store(pixels[14] + c)
    (L.load(pixels[15] + c) + t58).store(pixels[15] + c)
    (L.load(pixels[16] + c) + t97).store(pixels[16] + c)
    (L.load(pixels[17] + c) + t70).store(pixels[17] + c)
    (L.load(pixels[18] + c) + t98).store(pixels[18] + c)
    (L.load(pixels[19] + c) + t82).store(pixels[19] + c)
    (L.load(pixels[20] + c) + t46).store(pixels[20] + c)
    let t99 = t17 + t29
    let t100 = t17 - t29
    let t101 = -t5
    let t102 = t100 - t41
    let t103 = t5 + t99
    (L.load(pixels[21] + c) + t101).store(pixels[21] + c)
    (L.load(pixels[22] + c) + t53).store(pixels[22] + c)
    (L.load(pixels[23] + c) + t102).store(pixels[23] + c)
    (L.load(pixels[24] + c) + t65).store(pixels[24] + c)
    (L.load(pixels[25] + c) + t103).store(pixels[25] + c)
    (L.load(pixels[26] + c) + t77).store(pixels[26] + c)
    (L.load(pixels[27] + c) + t41).store(pixels[27] + c)
    let t104 = t23 + t35
    let t105 = t23 - t35
    let t106 = -t11
    let t107 = t105 - t47
    let t108 = t11 + t104
    (L.load(pixels[28] + c) + t106).store(pixels[28] + c)
    (L.load(pixels[29] + c) + t59).store(pixels[29] + c)
    (L.load(pixels[30] + c) + t107).store(pixels[30] + c)
    (L.load(pixels[31] + c) + t71).store(pixels[31] + c)
    (L.load(pixels[32] + c) + t108).store(pixels[32] + c)
    (L.load(pixels[33] + c) + t83).store(pixels[33] + c)
    (L.load(pixels[34] + c) + t47).store(pixels[34] + c)
    let t109 = t18 + t30
    let t110 = t18 - t30
    let t111 = -t6
    let t112 = t110 - t42
    let t113 = t6 + t109
    (L.load(pixels[35] + c) + t111).store(pixels[35] + c)
    (L.load(pixels[36] + c) + t54).store(pixels[36] + c)
    (L.load(pixels[37] + c) + t112).store(pixels[37] + c)
    (L.load(pixels[38] + c) + t66).store(pixels[38] + c)
    (L.load(pixels[39] + c) + t113).store(pixels[39] + c)
    (L.load(pixels[40] + c) + t78).store(pixels[40] + c)
    (L.load(pixels[41] + c) + t42).store(pixels[41] + c)
    let t114 = t15 + t27
    let t115 = t15 - t27
    let t116 = -t3
    let t117 = t115 - t39
    let t118 = t3 + t114
    (L.load(pixels[42] + c) + t116).store(pixels[42] + c)
    (L.load(pixels[43] + c) + t51).store(pixels[43] + c)
    (L.load(pixels[44] + c) + t117).store(pixels[44] + c)
    (L.load(pixels[45] + c) + t63).store(pixels[45] + c)
    (L.load(pixels[46] + c) + t118).store(pixels[46] + c)
    (L.load(pixels[47] + c) + t75).store(pixels[47] + c)
    (L.load(pixels[48] + c) + t39).store(pixels[48] + c)
  }

  /// 4×4 outputs of 3×3 taps, stride 2: pixels += B m Bᵀ of the products m of one tile: the adjoint of `input`
  @inline(__always)
  static func stridedInputAdjoint4<L: Lane>(_: L.Type, _ m: Source, step: Int, _ c: Int, addingTo pixels: UnsafePointer<Destination>) {
    let t0 = L.load(m + 0 * step)
    let t1 = L.load(m + 9 * step)
    let t2 = L.load(m + 18 * step)
    let t3 = L.load(m + 27 * step)
    let t4 = L.load(m + 36 * step)
    let t5 = L.load(m + 45 * step)
    let t6 = L.load(m + 54 * step)
    let t7 = L.load(m + 63 * step)
    let t8 = L.load(m + 72 * step)
    let t9 = t0 + t1
    let t10 = t0 - t1
    let t11 = t2 + t3
    let t12 = t2 - t3
    let t13 = t4.times(0.5625)
    let t14 = t10.times(-1.125, plus: t13)
    let t15 = t12.times(-0.375, plus: t14)
    let t16 = t9.times(-2.25)
    let t17 = t11.times(-0.25, plus: t16)
    let t18 = t10.times(0.5)
    let t19 = t12.times(1.5, plus: t18)
    let t20 = t4.times(-2.5, plus: t19)
    let t21 = t9 + t11
    let t22 = L.load(m + 1 * step)
    let t23 = L.load(m + 10 * step)
    let t24 = L.load(m + 19 * step)
    let t25 = L.load(m + 28 * step)
    let t26 = L.load(m + 37 * step)
    let t27 = L.load(m + 46 * step)
    let t28 = L.load(m + 55 * step)
    let t29 = L.load(m + 64 * step)
    let t30 = L.load(m + 73 * step)
    let t31 = t22 + t23
    let t32 = t22 - t23
    let t33 = t24 + t25
    let t34 = t24 - t25
    let t35 = t26.times(0.5625)
    let t36 = t32.times(-1.125, plus: t35)
    let t37 = t34.times(-0.375, plus: t36)
    let t38 = t31.times(-2.25)
    let t39 = t33.times(-0.25, plus: t38)
    let t40 = t32.times(0.5)
    let t41 = t34.times(1.5, plus: t40)
    let t42 = t26.times(-2.5, plus: t41)
    let t43 = t31 + t33
    let t44 = L.load(m + 2 * step)
    let t45 = L.load(m + 11 * step)
    let t46 = L.load(m + 20 * step)
    let t47 = L.load(m + 29 * step)
    let t48 = L.load(m + 38 * step)
    let t49 = L.load(m + 47 * step)
    let t50 = L.load(m + 56 * step)
    let t51 = L.load(m + 65 * step)
    let t52 = L.load(m + 74 * step)
    let t53 = t44 + t45
    let t54 = t44 - t45
    let t55 = t46 + t47
    let t56 = t46 - t47
    let t57 = t48.times(0.5625)
    let t58 = t54.times(-1.125, plus: t57)
    let t59 = t56.times(-0.375, plus: t58)
    let t60 = t53.times(-2.25)
    let t61 = t55.times(-0.25, plus: t60)
    let t62 = t54.times(0.5)
    let t63 = t56.times(1.5, plus: t62)
    let t64 = t48.times(-2.5, plus: t63)
    let t65 = t53 + t55
    let t66 = L.load(m + 3 * step)
    let t67 = L.load(m + 12 * step)
    let t68 = L.load(m + 21 * step)
    let t69 = L.load(m + 30 * step)
    let t70 = L.load(m + 39 * step)
    let t71 = L.load(m + 48 * step)
    let t72 = L.load(m + 57 * step)
    let t73 = L.load(m + 66 * step)
    let t74 = L.load(m + 75 * step)
    let t75 = t66 + t67
    let t76 = t66 - t67
    let t77 = t68 + t69
    let t78 = t68 - t69
    let t79 = t70.times(0.5625)
    let t80 = t76.times(-1.125, plus: t79)
    let t81 = t78.times(-0.375, plus: t80)
    let t82 = t75.times(-2.25)
    let t83 = t77.times(-0.25, plus: t82)
    let t84 = t76.times(0.5)
    let t85 = t78.times(1.5, plus: t84)
    let t86 = t70.times(-2.5, plus: t85)
    let t87 = t75 + t77
    let t88 = L.load(m + 4 * step)
    let t89 = L.load(m + 13 * step)
    let t90 = L.load(m + 22 * step)
    let t91 = L.load(m + 31 * step)
    let t92 = L.load(m + 40 * step)
    let t93 = L.load(m + 49 * step)
    let t94 = L.load(m + 58 * step)
    let t95 = L.load(m + 67 * step)
    let t96 = L.load(m + 76 * step)
    let t97 = t88 + t89
    let t98 = t88 - t89
    let t99 = t90 + t91
    let t100 = t90 - t91
    let t101 = t92.times(0.5625)
    let t102 = t98.times(-1.125, plus: t101)
    let t103 = t100.times(-0.375, plus: t102)
    let t104 = t97.times(-2.25)
    let t105 = t99.times(-0.25, plus: t104)
    let t106 = t98.times(0.5)
    let t107 = t100.times(1.5, plus: t106)
    let t108 = t92.times(-2.5, plus: t107)
    let t109 = t97 + t99
    let t110 = L.load(m + 5 * step)
    let t111 = L.load(m + 14 * step)
    let t112 = L.load(m + 23 * step)
    let t113 = L.load(m + 32 * step)
    let t114 = L.load(m + 41 * step)
    let t115 = L.load(m + 50 * step)
    let t116 = L.load(m + 59 * step)
    let t117 = L.load(m + 68 * step)
    let t118 = L.load(m + 77 * step)
    let t119 = t110 + t111
    let t120 = t110 - t111
    let t121 = t112 + t113
    let t122 = t112 - t113
    let t123 = t114.times(0.5625)
    let t124 = t120.times(-1.125, plus: t123)
    let t125 = t122.times(-0.375, plus: t124)
    let t126 = t119.times(-2.25)
    let t127 = t121.times(-0.25, plus: t126)
    let t128 = t120.times(0.5)
    let t129 = t122.times(1.5, plus: t128)
    let t130 = t114.times(-2.5, plus: t129)
    let t131 = t119 + t121
    let t132 = L.load(m + 6 * step)
    let t133 = L.load(m + 15 * step)
    let t134 = L.load(m + 24 * step)
    let t135 = L.load(m + 33 * step)
    let t136 = L.load(m + 42 * step)
    let t137 = L.load(m + 51 * step)
    let t138 = L.load(m + 60 * step)
    let t139 = L.load(m + 69 * step)
    let t140 = L.load(m + 78 * step)
    let t141 = t132 + t133
    let t142 = t132 - t133
    let t143 = t134 + t135
    let t144 = t134 - t135
    let t145 = t136.times(0.5625)
    let t146 = t142.times(-1.125, plus: t145)
    let t147 = t144.times(-0.375, plus: t146)
    let t148 = t141.times(-2.25)
    let t149 = t143.times(-0.25, plus: t148)
    let t150 = t142.times(0.5)
    let t151 = t144.times(1.5, plus: t150)
    let t152 = t136.times(-2.5, plus: t151)
    let t153 = t141 + t143
    let t154 = L.load(m + 7 * step)
    let t155 = L.load(m + 16 * step)
    let t156 = L.load(m + 25 * step)
    let t157 = L.load(m + 34 * step)
    let t158 = L.load(m + 43 * step)
    let t159 = L.load(m + 52 * step)
    let t160 = L.load(m + 61 * step)
    let t161 = L.load(m + 70 * step)
    let t162 = L.load(m + 79 * step)
    let t163 = t154 + t155
    let t164 = t154 - t155
    let t165 = t156 + t157
    let t166 = t156 - t157
    let t167 = t158.times(0.5625)
    let t168 = t164.times(-1.125, plus: t167)
    let t169 = t166.times(-0.375, plus: t168)
    let t170 = t163.times(-2.25)
    let t171 = t165.times(-0.25, plus: t170)
    let t172 = t164.times(0.5)
    let t173 = t166.times(1.5, plus: t172)
    let t174 = t158.times(-2.5, plus: t173)
    let t175 = t163 + t165
    let t176 = L.load(m + 8 * step)
    let t177 = L.load(m + 17 * step)
    let t178 = L.load(m + 26 * step)
    let t179 = L.load(m + 35 * step)
    let t180 = L.load(m + 44 * step)
    let t181 = L.load(m + 53 * step)
    let t182 = L.load(m + 62 * step)
    let t183 = L.load(m + 71 * step)
    let t184 = L.load(m + 80 * step)
    let t185 = t176 + t177
    let t186 = t176 - t177
    let t187 = t178 + t179
    let t188 = t178 - t179
    let t189 = t180.times(0.5625)
    let t190 = t186.times(-1.125, plus: t189)
    let t191 = t188.times(-0.375, plus: t190)
    let t192 = t185.times(-2.25)
    let t193 = t187.times(-0.25, plus: t192)
    let t194 = t186.times(0.5)
    let t195 = t188.times(1.5, plus: t194)
    let t196 = t180.times(-2.5, plus: t195)
    let t197 = t185 + t187
    let t198 = t15 + t37
    let t199 = t15 - t37
    let t200 = t59 + t81
    let t201 = t59 - t81
    let t202 = t103.times(0.5625)
    let t203 = t199.times(-1.125, plus: t202)
    let t204 = t201.times(-0.375, plus: t203)
    let t205 = t198.times(-2.25)
    let t206 = t200.times(-0.25, plus: t205)
    let t207 = t199.times(0.5)
    let t208 = t201.times(1.5, plus: t207)
    let t209 = t103.times(-2.5, plus: t208)
    let t210 = t198 + t200
    (L.load(pixels[0] + c) + t204).store(pixels[0] + c)
    (L.load(pixels[1] + c) + t125).store(pixels[1] + c)
    (L.load(pixels[2] + c) + t206).store(pixels[2] + c)
    (L.load(pixels[3] + c) + t147).store(pixels[3] + c)
    (L.load(pixels[4] + c) + t209).store(pixels[4] + c)
    (L.load(pixels[5] + c) + t169).store(pixels[5] + c)
    (L.load(pixels[6] + c) + t210).store(pixels[6] + c)
    (L.load(pixels[7] + c) + t191).store(pixels[7] + c)
    (L.load(pixels[8] + c) + t103).store(pixels[8] + c)
    let t211 = t5 + t27
    let t212 = t5 - t27
    let t213 = t49 + t71
    let t214 = t49 - t71
    let t215 = t93.times(0.5625)
    let t216 = t212.times(-1.125, plus: t215)
    let t217 = t214.times(-0.375, plus: t216)
    let t218 = t211.times(-2.25)
    let t219 = t213.times(-0.25, plus: t218)
    let t220 = t212.times(0.5)
    let t221 = t214.times(1.5, plus: t220)
    let t222 = t93.times(-2.5, plus: t221)
    let t223 = t211 + t213
    (L.load(pixels[9] + c) + t217).store(pixels[9] + c)
    (L.load(pixels[10] + c) + t115).store(pixels[10] + c)
    (L.load(pixels[11] + c) + t219).store(pixels[11] + c)
    (L.load(pixels[12] + c) + t137).store(pixels[12] + c)
    (L.load(pixels[13] + c) + t222).store(pixels[13] + c)
    (L.load(pixels[14] + c) + t159).store(pixels[14] + c)
    (L.load(pixels[15] + c) + t223).store(pixels[15] + c)
    (L.load(pixels[16] + c) + t181).store(pixels[16] + c)
    (L.load(pixels[17] + c) + t93).store(pixels[17] + c)
    let t224 = t17 + t39
    let t225 = t17 - t39
    let t226 = t61 + t83
    let t227 = t61 - t83
    let t228 = t105.times(0.5625)
    let t229 = t225.times(-1.125, plus: t228)
    let t230 = t227.times(-0.375, plus: t229)
    let t231 = t224.times(-2.25)
    let t232 = t226.times(-0.25, plus: t231)
    let t233 = t225.times(0.5)
    let t234 = t227.times(1.5, plus: t233)
    let t235 = t105.times(-2.5, plus: t234)
    let t236 = t224 + t226
    (L.load(pixels[18] + c) + t230).store(pixels[18] + c)
    (L.load(pixels[19] + c) + t127).store(pixels[19] + c)
    (L.load(pixels[20] + c) + t232).store(pixels[20] + c)
    (L.load(pixels[21] + c) + t149).store(pixels[21] + c)
    (L.load(pixels[22] + c) + t235).store(pixels[22] + c)
    (L.load(pixels[23] + c) + t171).store(pixels[23] + c)
    (L.load(pixels[24] + c) + t236).store(pixels[24] + c)
    (L.load(pixels[25] + c) + t193).store(pixels[25] + c)
    (L.load(pixels[26] + c) + t105).store(pixels[26] + c)
    let t237 = t6 + t28
    let t238 = t6 - t28
    let t239 = t50 + t72
    let t240 = t50 - t72
    let t241 = t94.times(0.5625)
    let t242 = t238.times(-1.125, plus: t241)
    let t243 = t240.times(-0.375, plus: t242)
    let t244 = t237.times(-2.25)
    let t245 = t239.times(-0.25, plus: t244)
    let t246 = t238.times(0.5)
    let t247 = t240.times(1.5, plus: t246)
    let t248 = t94.times(-2.5, plus: t247)
    let t249 = t237 + t239
    (L.load(pixels[27] + c) + t243).store(pixels[27] + c)
    (L.load(pixels[28] + c) + t116).store(pixels[28] + c)
    (L.load(pixels[29] + c) + t245).store(pixels[29] + c)
    (L.load(pixels[30] + c) + t138).store(pixels[30] + c)
    (L.load(pixels[31] + c) + t248).store(pixels[31] + c)
    (L.load(pixels[32] + c) + t160).store(pixels[32] + c)
    (L.load(pixels[33] + c) + t249).store(pixels[33] + c)
    (L.load(pixels[34] + c) + t182).store(pixels[34] + c)
    (L.load(pixels[35] + c) + t94).store(pixels[35] + c)
    let t250 = t20 + t42
    let t251 = t20 - t42
    let t252 = t64 + t86
    let t253 = t64 - t86
    let t254 = t108.times(0.5625)
    let t255 = t251.times(-1.125, plus: t254)
    let t256 = t253.times(-0.375, plus: t255)
    let t257 = t250.times(-2.25)
    let t258 = t252.times(-0.25, plus: t257)
    let t259 = t251.times(0.5)
    let t260 = t253.times(1.5, plus: t259)
    let t261 = t108.times(-2.5, plus: t260)
    let t262 = t250 + t252
    (L.load(pixels[36] + c) + t256).store(pixels[36] + c)
    (L.load(pixels[37] + c) + t130).store(pixels[37] + c)
    (L.load(pixels[38] + c) + t258).store(pixels[38] + c)
    (L.load(pixels[39] + c) + t152).store(pixels[39] + c)
    (L.load(pixels[40] + c) + t261).store(pixels[40] + c)
    (L.load(pixels[41] + c) + t174).store(pixels[41] + c)
    (L.load(pixels[42] + c) + t262).store(pixels[42] + c)
    (L.load(pixels[43] + c) + t196).store(pixels[43] + c)
    (L.load(pixels[44] + c) + t108).store(pixels[44] + c)
    let t263 = t7 + t29
    let t264 = t7 - t29
    let t265 = t51 + t73
    let t266 = t51 - t73
    let t267 = t95.times(0.5625)
    let t268 = t264.times(-1.125, plus: t267)
    let t269 = t266.times(-0.375, plus: t268)
    let t270 = t263.times(-2.25)
    let t271 = t265.times(-0.25, plus: t270)
    let t272 = t264.times(0.5)
    let t273 = t266.times(1.5, plus: t272)
    let t274 = t95.times(-2.5, plus: t273)
    let t275 = t263 + t265
    (L.load(pixels[45] + c) + t269).store(pixels[45] + c)
    (L.load(pixels[46] + c) + t117).store(pixels[46] + c)
    (L.load(pixels[47] + c) + t271).store(pixels[47] + c)
    (L.load(pixels[48] + c) + t139).store(pixels[48] + c)
    (L.load(pixels[49] + c) + t274).store(pixels[49] + c)
    (L.load(pixels[50] + c) + t161).store(pixels[50] + c)
    (L.load(pixels[51] + c) + t275).store(pixels[51] + c)
    (L.load(pixels[52] + c) + t183).store(pixels[52] + c)
    (L.load(pixels[53] + c) + t95).store(pixels[53] + c)
    let t276 = t21 + t43
    let t277 = t21 - t43
    let t278 = t65 + t87
    let t279 = t65 - t87
    let t280 = t109.times(0.5625)
    let t281 = t277.times(-1.125, plus: t280)
    let t282 = t279.times(-0.375, plus: t281)
    let t283 = t276.times(-2.25)
    let t284 = t278.times(-0.25, plus: t283)
    let t285 = t277.times(0.5)
    let t286 = t279.times(1.5, plus: t285)
    let t287 = t109.times(-2.5, plus: t286)
    let t288 = t276 + t278
    (L.load(pixels[54] + c) + t282).store(pixels[54] + c)
    (L.load(pixels[55] + c) + t131).store(pixels[55] + c)
    (L.load(pixels[56] + c) + t284).store(pixels[56] + c)
    (L.load(pixels[57] + c) + t153).store(pixels[57] + c)
    (L.load(pixels[58] + c) + t287).store(pixels[58] + c)
    (L.load(pixels[59] + c) + t175).store(pixels[59] + c)
    (L.load(pixels[60] + c) + t288).store(pixels[60] + c)
    (L.load(pixels[61] + c) + t197).store(pixels[61] + c)
    (L.load(pixels[62] + c) + t109).store(pixels[62] + c)
    let t289 = t8 + t30
    let t290 = t8 - t30
    let t291 = t52 + t74
    let t292 = t52 - t74
    let t293 = t96.times(0.5625)
    let t294 = t290.times(-1.125, plus: t293)
    let t295 = t292.times(-0.375, plus: t294)
    let t296 = t289.times(-2.25)
    let t297 = t291.times(-0.25, plus: t296)
    let t298 = t290.times(0.5)
    let t299 = t292.times(1.5, plus: t298)
    let t300 = t96.times(-2.5, plus: t299)
    let t301 = t289 + t291
    (L.load(pixels[63] + c) + t295).store(pixels[63] + c)
    (L.load(pixels[64] + c) + t118).store(pixels[64] + c)
    (L.load(pixels[65] + c) + t297).store(pixels[65] + c)
    (L.load(pixels[66] + c) + t140).store(pixels[66] + c)
    (L.load(pixels[67] + c) + t300).store(pixels[67] + c)
    (L.load(pixels[68] + c) + t162).store(pixels[68] + c)
    (L.load(pixels[69] + c) + t301).store(pixels[69] + c)
    (L.load(pixels[70] + c) + t184).store(pixels[70] + c)
    (L.load(pixels[71] + c) + t96).store(pixels[71] + c)
    let t302 = t4 + t26
    let t303 = t4 - t26
    let t304 = t48 + t70
    let t305 = t48 - t70
    let t306 = t92.times(0.5625)
    let t307 = t303.times(-1.125, plus: t306)
    let t308 = t305.times(-0.375, plus: t307)
    let t309 = t302.times(-2.25)
    let t310 = t304.times(-0.25, plus: t309)
    let t311 = t303.times(0.5)
    let t312 = t305.times(1.5, plus: t311)
    let t313 = t92.times(-2.5, plus: t312)
    let t314 = t302 + t304
    (L.load(pixels[72] + c) + t308).store(pixels[72] + c)
    (L.load(pixels[73] + c) + t114).store(pixels[73] + c)
    (L.load(pixels[74] + c) + t310).store(pixels[74] + c)
    (L.load(pixels[75] + c) + t136).store(pixels[75] + c)
    (L.load(pixels[76] + c) + t313).store(pixels[76] + c)
    (L.load(pixels[77] + c) + t158).store(pixels[77] + c)
    (L.load(pixels[78] + c) + t314).store(pixels[78] + c)
    (L.load(pixels[79] + c) + t180).store(pixels[79] + c)
    (L.load(pixels[80] + c) + t92).store(pixels[80] + c)
  }

  /// 2×2 outputs of 3×3 taps: pixels = Aᵀ m A of the products m of one tile
  @inline(__always)
  static func output2<L: Lane>(_: L.Type, _ m: Source, step: Int, _ c: Int, into pixels: UnsafePointer<Destination>) {
    let t0 = L.load(m + 0 * step)
    let t1 = L.load(m + 4 * step)
    let t2 = L.load(m + 8 * step)
    let t3 = L.load(m + 12 * step)
    let t4 = t1 + t2
    let t5 = t1 - t2
    let t6 = t0 + t4
    let t7 = t3 + t5
    let t8 = L.load(m + 1 * step)
    let t9 = L.load(m + 5 * step)
    let t10 = L.load(m + 9 * step)
    let t11 = L.load(m + 13 * step)
    let t12 = t9 + t10
    let t13 = t9 - t10
    let t14 = t8 + t12
    let t15 = t11 + t13
    let t16 = L.load(m + 2 * step)
    let t17 = L.load(m + 6 * step)
    let t18 = L.load(m + 10 * step)
    let t19 = L.load(m + 14 * step)
    let t20 = t17 + t18
    let t21 = t17 - t18
    let t22 = t16 + t20
    let t23 = t19 + t21
    let t24 = L.load(m + 3 * step)
    let t25 = L.load(m + 7 * step)
    let t26 = L.load(m + 11 * step)
    let t27 = L.load(m + 15 * step)
    let t28 = t25 + t26
    let t29 = t25 - t26
    let t30 = t24 + t28
    let t31 = t27 + t29
    let t32 = t14 + t22
    let t33 = t14 - t22
    let t34 = t6 + t32
    let t35 = t30 + t33
    t34.store(pixels[0] + c)
    t35.store(pixels[1] + c)
    let t36 = t15 + t23
    let t37 = t15 - t23
    let t38 = t7 + t36
    let t39 = t31 + t37
    t38.store(pixels[2] + c)
    t39.store(pixels[3] + c)
  }

  /// 3×3 outputs of 3×3 taps: pixels = Aᵀ m A of the products m of one tile
  @inline(__always)
  static func output3<L: Lane>(_: L.Type, _ m: Source, step: Int, _ c: Int, into pixels: UnsafePointer<Destination>) {
    let t0 = L.load(m + 0 * step)
    let t1 = L.load(m + 5 * step)
    let t2 = L.load(m + 10 * step)
    let t3 = L.load(m + 15 * step)
    let t4 = L.load(m + 20 * step)
    let t5 = t0 + t1
    let t6 = t0 - t1
    let t7 = t2 + t3
    let t8 = t2 - t3
    let t9 = t5 + t7
    let t10 = t6.times(0.5)
    let t11 = t8.times(1.5, plus: t10)
    let t12 = t5.times(0.25, plus: t4)
    let t13 = t7.times(2.25, plus: t12)
    let t14 = L.load(m + 1 * step)
    let t15 = L.load(m + 6 * step)
    let t16 = L.load(m + 11 * step)
    let t17 = L.load(m + 16 * step)
    let t18 = L.load(m + 21 * step)
    let t19 = t14 + t15
    let t20 = t14 - t15
    let t21 = t16 + t17
    let t22 = t16 - t17
    let t23 = t19 + t21
    let t24 = t20.times(0.5)
    let t25 = t22.times(1.5, plus: t24)
    let t26 = t19.times(0.25, plus: t18)
    let t27 = t21.times(2.25, plus: t26)
    let t28 = L.load(m + 2 * step)
    let t29 = L.load(m + 7 * step)
    let t30 = L.load(m + 12 * step)
    let t31 = L.load(m + 17 * step)
    let t32 = L.load(m + 22 * step)
    let t33 = t28 + t29
    let t34 = t28 - t29
    let t35 = t30 + t31
    let t36 = t30 - t31
    let t37 = t33 + t35
    let t38 = t34.times(0.5)
    let t39 = t36.times(1.5, plus: t38)
    let t40 = t33.times(0.25, plus: t32)
    let t41 = t35.times(2.25, plus: t40)
    let t42 = L.load(m + 3 * step)
    let t43 = L.load(m + 8 * step)
    let t44 = L.load(m + 13 * step)
    let t45 = L.load(m + 18 * step)
    let t46 = L.load(m + 23 * step)
    let t47 = t42 + t43
    let t48 = t42 - t43
    let t49 = t44 + t45
    let t50 = t44 - t45
    let t51 = t47 + t49
    let t52 = t48.times(0.5)
    let t53 = t50.times(1.5, plus: t52)
    let t54 = t47.times(0.25, plus: t46)
    let t55 = t49.times(2.25, plus: t54)
    let t56 = L.load(m + 4 * step)
    let t57 = L.load(m + 9 * step)
    let t58 = L.load(m + 14 * step)
    let t59 = L.load(m + 19 * step)
    let t60 = L.load(m + 24 * step)
    let t61 = t56 + t57
    let t62 = t56 - t57
    let t63 = t58 + t59
    let t64 = t58 - t59
    let t65 = t61 + t63
    let t66 = t62.times(0.5)
    let t67 = t64.times(1.5, plus: t66)
    let t68 = t61.times(0.25, plus: t60)
    let t69 = t63.times(2.25, plus: t68)
    let t70 = t9 + t23
    let t71 = t9 - t23
    let t72 = t37 + t51
    let t73 = t37 - t51
    let t74 = t70 + t72
    let t75 = t71.times(0.5)
    let t76 = t73.times(1.5, plus: t75)
    let t77 = t70.times(0.25, plus: t65)
    let t78 = t72.times(2.25, plus: t77)
    t74.store(pixels[0] + c)
    t76.store(pixels[1] + c)
    t78.store(pixels[2] + c)
    let t79 = t11 + t25
    let t80 = t11 - t25
    let t81 = t39 + t53
    let t82 = t39 - t53
    let t83 = t79 + t81
    let t84 = t80.times(0.5)
    let t85 = t82.times(1.5, plus: t84)
    let t86 = t79.times(0.25, plus: t67)
    let t87 = t81.times(2.25, plus: t86)
    t83.store(pixels[3] + c)
    t85.store(pixels[4] + c)
    t87.store(pixels[5] + c)
    let t88 = t13 + t27
    let t89 = t13 - t27
    let t90 = t41 + t55
    let t91 = t41 - t55
    let t92 = t88 + t90
    let t93 = t89.times(0.5)
    let t94 = t91.times(1.5, plus: t93)
    let t95 = t88.times(0.25, plus: t69)
    let t96 = t90.times(2.25, plus: t95)
    t92.store(pixels[6] + c)
    t94.store(pixels[7] + c)
    t96.store(pixels[8] + c)
  }

  /// 4×4 outputs of 3×3 taps: pixels = Aᵀ m A of the products m of one tile
  @inline(__always)
  static func output4<L: Lane>(_: L.Type, _ m: Source, step: Int, _ c: Int, into pixels: UnsafePointer<Destination>) {
    let t0 = L.load(m + 0 * step)
    let t1 = L.load(m + 6 * step)
    let t2 = L.load(m + 12 * step)
    let t3 = L.load(m + 18 * step)
    let t4 = L.load(m + 24 * step)
    let t5 = L.load(m + 30 * step)
    let t6 = t1 + t2
    let t7 = t1 - t2
    let t8 = t3 + t4
    let t9 = t3 - t4
    let t10 = t0 + t6
    let t11 = t10 + t8
    let t12 = t7.times(0.6875)
    let t13 = t9.times(1.375, plus: t12)
    let t14 = t6.times(0.47265625)
    let t15 = t8.times(1.890625, plus: t14)
    let t16 = t7.times(0.324951171875, plus: t5)
    let t17 = t9.times(2.599609375, plus: t16)
    let t18 = L.load(m + 1 * step)
    let t19 = L.load(m + 7 * step)
    let t20 = L.load(m + 13 * step)
    let t21 = L.load(m + 19 * step)
    let t22 = L.load(m + 25 * step)
    let t23 = L.load(m + 31 * step)
    let t24 = t19 + t20
    let t25 = t19 - t20
    let t26 = t21 + t22
    let t27 = t21 - t22
    let t28 = t18 + t24
    let t29 = t28 + t26
    let t30 = t25.times(0.6875)
    let t31 = t27.times(1.375, plus: t30)
    let t32 = t24.times(0.47265625)
    let t33 = t26.times(1.890625, plus: t32)
    let t34 = t25.times(0.324951171875, plus: t23)
    let t35 = t27.times(2.599609375, plus: t34)
    let t36 = L.load(m + 2 * step)
    let t37 = L.load(m + 8 * step)
    let t38 = L.load(m + 14 * step)
    let t39 = L.load(m + 20 * step)
    let t40 = L.load(m + 26 * step)
    let t41 = L.load(m + 32 * step)
    let t42 = t37 + t38
    let t43 = t37 - t38
    let t44 = t39 + t40
    let t45 = t39 - t40
    let t46 = t36 + t42
    let t47 = t46 + t44
    let t48 = t43.times(0.6875)
    let t49 = t45.times(1.375, plus: t48)
    let t50 = t42.times(0.47265625)
    let t51 = t44.times(1.890625, plus: t50)
    let t52 = t43.times(0.324951171875, plus: t41)
    let t53 = t45.times(2.599609375, plus: t52)
    let t54 = L.load(m + 3 * step)
    let t55 = L.load(m + 9 * step)
    let t56 = L.load(m + 15 * step)
    let t57 = L.load(m + 21 * step)
    let t58 = L.load(m + 27 * step)
    let t59 = L.load(m + 33 * step)
    let t60 = t55 + t56
    let t61 = t55 - t56
    let t62 = t57 + t58
    let t63 = t57 - t58
    let t64 = t54 + t60
    let t65 = t64 + t62
    let t66 = t61.times(0.6875)
    let t67 = t63.times(1.375, plus: t66)
    let t68 = t60.times(0.47265625)
    let t69 = t62.times(1.890625, plus: t68)
    let t70 = t61.times(0.324951171875, plus: t59)
    let t71 = t63.times(2.599609375, plus: t70)
    let t72 = L.load(m + 4 * step)
    let t73 = L.load(m + 10 * step)
    let t74 = L.load(m + 16 * step)
    let t75 = L.load(m + 22 * step)
    let t76 = L.load(m + 28 * step)
    let t77 = L.load(m + 34 * step)
    let t78 = t73 + t74
    let t79 = t73 - t74
    let t80 = t75 + t76
    let t81 = t75 - t76
    let t82 = t72 + t78
    let t83 = t82 + t80
    let t84 = t79.times(0.6875)
    let t85 = t81.times(1.375, plus: t84)
    let t86 = t78.times(0.47265625)
    let t87 = t80.times(1.890625, plus: t86)
    let t88 = t79.times(0.324951171875, plus: t77)
    let t89 = t81.times(2.599609375, plus: t88)
    let t90 = L.load(m + 5 * step)
    let t91 = L.load(m + 11 * step)
    let t92 = L.load(m + 17 * step)
    let t93 = L.load(m + 23 * step)
    let t94 = L.load(m + 29 * step)
    let t95 = L.load(m + 35 * step)
    let t96 = t91 + t92
    let t97 = t91 - t92
    let t98 = t93 + t94
    let t99 = t93 - t94
    let t100 = t90 + t96
    let t101 = t100 + t98
    let t102 = t97.times(0.6875)
    let t103 = t99.times(1.375, plus: t102)
    let t104 = t96.times(0.47265625)
    let t105 = t98.times(1.890625, plus: t104)
    let t106 = t97.times(0.324951171875, plus: t95)
    let t107 = t99.times(2.599609375, plus: t106)
    let t108 = t29 + t47
    let t109 = t29 - t47
    let t110 = t65 + t83
    let t111 = t65 - t83
    let t112 = t11 + t108
    let t113 = t112 + t110
    let t114 = t109.times(0.6875)
    let t115 = t111.times(1.375, plus: t114)
    let t116 = t108.times(0.47265625)
    let t117 = t110.times(1.890625, plus: t116)
    let t118 = t109.times(0.324951171875, plus: t101)
    let t119 = t111.times(2.599609375, plus: t118)
    t113.store(pixels[0] + c)
    t115.store(pixels[1] + c)
    t117.store(pixels[2] + c)
    t119.store(pixels[3] + c)
    let t120 = t31 + t49
    let t121 = t31 - t49
    let t122 = t67 + t85
    let t123 = t67 - t85
    let t124 = t13 + t120
    let t125 = t124 + t122
    let t126 = t121.times(0.6875)
    let t127 = t123.times(1.375, plus: t126)
    let t128 = t120.times(0.47265625)
    let t129 = t122.times(1.890625, plus: t128)
    let t130 = t121.times(0.324951171875, plus: t103)
    let t131 = t123.times(2.599609375, plus: t130)
    t125.store(pixels[4] + c)
    t127.store(pixels[5] + c)
    t129.store(pixels[6] + c)
    t131.store(pixels[7] + c)
    let t132 = t33 + t51
    let t133 = t33 - t51
    let t134 = t69 + t87
    let t135 = t69 - t87
    let t136 = t15 + t132
    let t137 = t136 + t134
    let t138 = t133.times(0.6875)
    let t139 = t135.times(1.375, plus: t138)
    let t140 = t132.times(0.47265625)
    let t141 = t134.times(1.890625, plus: t140)
    let t142 = t133.times(0.324951171875, plus: t105)
    let t143 = t135.times(2.599609375, plus: t142)
    t137.store(pixels[8] + c)
    t139.store(pixels[9] + c)
    t141.store(pixels[10] + c)
    t143.store(pixels[11] + c)
    let t144 = t35 + t53
    let t145 = t35 - t53
    let t146 = t71 + t89
    let t147 = t71 - t89
    let t148 = t17 + t144
    let t149 = t148 + t146
    let t150 = t145.times(0.6875)
    let t151 = t147.times(1.375, plus: t150)
    let t152 = t144.times(0.47265625)
    let t153 = t146.times(1.890625, plus: t152)
    let t154 = t145.times(0.324951171875, plus: t107)
    let t155 = t147.times(2.599609375, plus: t154)
    t149.store(pixels[12] + c)
    t151.store(pixels[13] + c)
    t153.store(pixels[14] + c)
    t155.store(pixels[15] + c)
  }

  /// 6×6 outputs of 3×3 taps: pixels = Aᵀ m A of the products m of one tile
  @inline(__always)
  static func output6<L: Lane>(_: L.Type, _ m: Source, step: Int, _ c: Int, into pixels: UnsafePointer<Destination>) {
    let t0 = L.load(m + 0 * step)
    let t1 = L.load(m + 8 * step)
    let t2 = L.load(m + 16 * step)
    let t3 = L.load(m + 24 * step)
    let t4 = L.load(m + 32 * step)
    let t5 = L.load(m + 40 * step)
    let t6 = L.load(m + 48 * step)
    let t7 = L.load(m + 56 * step)
    let t8 = t1 + t2
    let t9 = t1 - t2
    let t10 = t3 + t4
    let t11 = t3 - t4
    let t12 = t5 + t6
    let t13 = t5 - t6
    let t14 = t0 + t8
    let t15 = t14 + t10
    let t16 = t15 + t12
    let t17 = t9.times(0.5, plus: t11)
    let t18 = t13.times(2.0, plus: t17)
    let t19 = t8.times(0.25, plus: t10)
    let t20 = t12.times(4.0, plus: t19)
    let t21 = t9.times(0.125, plus: t11)
    let t22 = t13.times(8.0, plus: t21)
    let t23 = t8.times(0.0625, plus: t10)
    let t24 = t12.times(16.0, plus: t23)
    let t25 = t7 + t11
    let t26 = t9.times(0.03125, plus: t25)
    let t27 = t13.times(32.0, plus: t26)
    let t28 = L.load(m + 1 * step)
    let t29 = L.load(m + 9 * step)
    let t30 = L.load(m + 17 * step)
    let t31 = L.load(m + 25 * step)
    let t32 = L.load(m + 33 * step)
    let t33 = L.load(m + 41 * step)
    let t34 = L.load(m + 49 * step)
    let t35 = L.load(m + 57 * step)
    let t36 = t29 + t30
    let t37 = t29 - t30
    let t38 = t31 + t32
    let t39 = t31 - t32
    let t40 = t33 + t34
    let t41 = t33 - t34
    let t42 = t28 + t36
    let t43 = t42 + t38
    let t44 = t43 + t40
    let t45 = t37.times(0.5, plus: t39)
    let t46 = t41.times(2.0, plus: t45)
    let t47 = t36.times(0.25, plus: t38)
    let t48 = t40.times(4.0, plus: t47)
    let t49 = t37.times(0.125, plus: t39)
    let t50 = t41.times(8.0, plus: t49)
    let t51 = t36.times(0.0625, plus: t38)
    let t52 = t40.times(16.0, plus: t51)
    let t53 = t35 + t39
    let t54 = t37.times(0.03125, plus: t53)
    let t55 = t41.times(32.0, plus: t54)
    let t56 = L.load(m + 2 * step)
    let t57 = L.load(m + 10 * step)
    let t58 = L.load(m + 18 * step)
    let t59 = L.load(m + 26 * step)
    let t60 = L.load(m + 34 * step)
    let t61 = L.load(m + 42 * step)
    let t62 = L.load(m + 50 * step)
    let t63 = L.load(m + 58 * step)
    let t64 = t57 + t58
    let t65 = t57 - t58
    let t66 = t59 + t60
    let t67 = t59 - t60
    let t68 = t61 + t62
    let t69 = t61 - t62
    let t70 = t56 + t64
    let t71 = t70 + t66
    let t72 = t71 + t68
    let t73 = t65.times(0.5, plus: t67)
    let t74 = t69.times(2.0, plus: t73)
    let t75 = t64.times(0.25, plus: t66)
    let t76 = t68.times(4.0, plus: t75)
    let t77 = t65.times(0.125, plus: t67)
    let t78 = t69.times(8.0, plus: t77)
    let t79 = t64.times(0.0625, plus: t66)
    let t80 = t68.times(16.0, plus: t79)
    let t81 = t63 + t67
    let t82 = t65.times(0.03125, plus: t81)
    let t83 = t69.times(32.0, plus: t82)
    let t84 = L.load(m + 3 * step)
    let t85 = L.load(m + 11 * step)
    let t86 = L.load(m + 19 * step)
    let t87 = L.load(m + 27 * step)
    let t88 = L.load(m + 35 * step)
    let t89 = L.load(m + 43 * step)
    let t90 = L.load(m + 51 * step)
    let t91 = L.load(m + 59 * step)
    let t92 = t85 + t86
    let t93 = t85 - t86
    let t94 = t87 + t88
    let t95 = t87 - t88
    let t96 = t89 + t90
    let t97 = t89 - t90
    let t98 = t84 + t92
    let t99 = t98 + t94
    let t100 = t99 + t96
    let t101 = t93.times(0.5, plus: t95)
    let t102 = t97.times(2.0, plus: t101)
    let t103 = t92.times(0.25, plus: t94)
    let t104 = t96.times(4.0, plus: t103)
    let t105 = t93.times(0.125, plus: t95)
    let t106 = t97.times(8.0, plus: t105)
    let t107 = t92.times(0.0625, plus: t94)
    let t108 = t96.times(16.0, plus: t107)
    let t109 = t91 + t95
    let t110 = t93.times(0.03125, plus: t109)
    let t111 = t97.times(32.0, plus: t110)
    let t112 = L.load(m + 4 * step)
    let t113 = L.load(m + 12 * step)
    let t114 = L.load(m + 20 * step)
    let t115 = L.load(m + 28 * step)
    let t116 = L.load(m + 36 * step)
    let t117 = L.load(m + 44 * step)
    let t118 = L.load(m + 52 * step)
    let t119 = L.load(m + 60 * step)
    let t120 = t113 + t114
    let t121 = t113 - t114
    let t122 = t115 + t116
    let t123 = t115 - t116
    let t124 = t117 + t118
    let t125 = t117 - t118
    let t126 = t112 + t120
    let t127 = t126 + t122
    let t128 = t127 + t124
    let t129 = t121.times(0.5, plus: t123)
    let t130 = t125.times(2.0, plus: t129)
    let t131 = t120.times(0.25, plus: t122)
    let t132 = t124.times(4.0, plus: t131)
    let t133 = t121.times(0.125, plus: t123)
    let t134 = t125.times(8.0, plus: t133)
    let t135 = t120.times(0.0625, plus: t122)
    let t136 = t124.times(16.0, plus: t135)
    let t137 = t119 + t123
    let t138 = t121.times(0.03125, plus: t137)
    let t139 = t125.times(32.0, plus: t138)
    let t140 = L.load(m + 5 * step)
    let t141 = L.load(m + 13 * step)
    let t142 = L.load(m + 21 * step)
    let t143 = L.load(m + 29 * step)
    let t144 = L.load(m + 37 * step)
    let t145 = L.load(m + 45 * step)
    let t146 = L.load(m + 53 * step)
    let t147 = L.load(m + 61 * step)
    let t148 = t141 + t142
    let t149 = t141 - t142
    let t150 = t143 + t144
    let t151 = t143 - t144
    let t152 = t145 + t146
    let t153 = t145 - t146
    let t154 = t140 + t148
    let t155 = t154 + t150
    let t156 = t155 + t152
    let t157 = t149.times(0.5, plus: t151)
    let t158 = t153.times(2.0, plus: t157)
    let t159 = t148.times(0.25, plus: t150)
    let t160 = t152.times(4.0, plus: t159)
    let t161 = t149.times(0.125, plus: t151)
    let t162 = t153.times(8.0, plus: t161)
    let t163 = t148.times(0.0625, plus: t150)
    let t164 = t152.times(16.0, plus: t163)
    let t165 = t147 + t151
    let t166 = t149.times(0.03125, plus: t165)
    let t167 = t153.times(32.0, plus: t166)
    let t168 = L.load(m + 6 * step)
    let t169 = L.load(m + 14 * step)
    let t170 = L.load(m + 22 * step)
    let t171 = L.load(m + 30 * step)
    let t172 = L.load(m + 38 * step)
    let t173 = L.load(m + 46 * step)
    let t174 = L.load(m + 54 * step)
    let t175 = L.load(m + 62 * step)
    let t176 = t169 + t170
    let t177 = t169 - t170
    let t178 = t171 + t172
    let t179 = t171 - t172
    let t180 = t173 + t174
    let t181 = t173 - t174
    let t182 = t168 + t176
    let t183 = t182 + t178
    let t184 = t183 + t180
    let t185 = t177.times(0.5, plus: t179)
    let t186 = t181.times(2.0, plus: t185)
    let t187 = t176.times(0.25, plus: t178)
    let t188 = t180.times(4.0, plus: t187)
    let t189 = t177.times(0.125, plus: t179)
    let t190 = t181.times(8.0, plus: t189)
    let t191 = t176.times(0.0625, plus: t178)
    let t192 = t180.times(16.0, plus: t191)
    let t193 = t175 + t179
    let t194 = t177.times(0.03125, plus: t193)
    let t195 = t181.times(32.0, plus: t194)
    let t196 = L.load(m + 7 * step)
    let t197 = L.load(m + 15 * step)
    let t198 = L.load(m + 23 * step)
    let t199 = L.load(m + 31 * step)
    let t200 = L.load(m + 39 * step)
    let t201 = L.load(m + 47 * step)
    let t202 = L.load(m + 55 * step)
    let t203 = L.load(m + 63 * step)
    let t204 = t197 + t198
    let t205 = t197 - t198
    let t206 = t199 + t200
    let t207 = t199 - t200
    let t208 = t201 + t202
    let t209 = t201 - t202
    let t210 = t196 + t204
    let t211 = t210 + t206
    let t212 = t211 + t208
    let t213 = t205.times(0.5, plus: t207)
    let t214 = t209.times(2.0, plus: t213)
    let t215 = t204.times(0.25, plus: t206)
    let t216 = t208.times(4.0, plus: t215)
    let t217 = t205.times(0.125, plus: t207)
    let t218 = t209.times(8.0, plus: t217)
    let t219 = t204.times(0.0625, plus: t206)
    let t220 = t208.times(16.0, plus: t219)
    let t221 = t203 + t207
    let t222 = t205.times(0.03125, plus: t221)
    let t223 = t209.times(32.0, plus: t222)
    let t224 = t44 + t72
    let t225 = t44 - t72
    let t226 = t100 + t128
    let t227 = t100 - t128
    let t228 = t156 + t184
    let t229 = t156 - t184
    let t230 = t16 + t224
    let t231 = t230 + t226
    let t232 = t231 + t228
    let t233 = t225.times(0.5, plus: t227)
    let t234 = t229.times(2.0, plus: t233)
    let t235 = t224.times(0.25, plus: t226)
    let t236 = t228.times(4.0, plus: t235)
    let t237 = t225.times(0.125, plus: t227)
    let t238 = t229.times(8.0, plus: t237)
    let t239 = t224.times(0.0625, plus: t226)
    let t240 = t228.times(16.0, plus: t239)
    let t241 = t212 + t227
    let t242 = t225.times(0.03125, plus: t241)
    let t243 = t229.times(32.0, plus: t242)
    t232.store(pixels[0] + c)
    t234.store(pixels[1] + c)
    t236.store(pixels[2] + c)
    t238.store(pixels[3] + c)
    t240.store(pixels[4] + c)
    t243.store(pixels[5] + c)
    let t244 = t46 + t74
    let t245 = t46 - t74
    let t246 = t102 + t130
    let t247 = t102 - t130
    let t248 = t158 + t186
    let t249 = t158 - t186
    let t250 = t18 + t244
    let t251 = t250 + t246
    let t252 = t251 + t248
    let t253 = t245.times(0.5, plus: t247)
    let t254 = t249.times(2.0, plus: t253)
    let t255 = t244.times(0.25, plus: t246)
    let t256 = t248.times(4.0, plus: t255)
    let t257 = t245.times(0.125, plus: t247)
    let t258 = t249.times(8.0, plus: t257)
    let t259 = t244.times(0.0625, plus: t246)
    let t260 = t248.times(16.0, plus: t259)
    let t261 = t214 + t247
    let t262 = t245.times(0.03125, plus: t261)
    let t263 = t249.times(32.0, plus: t262)
    t252.store(pixels[6] + c)
    t254.store(pixels[7] + c)
    t256.store(pixels[8] + c)
    t258.store(pixels[9] + c)
    t260.store(pixels[10] + c)
    t263.store(pixels[11] + c)
    let t264 = t48 + t76
    let t265 = t48 - t76
    let t266 = t104 + t132
    let t267 = t104 - t132
    let t268 = t160 + t188
    let t269 = t160 - t188
    let t270 = t20 + t264
    let t271 = t270 + t266
    let t272 = t271 + t268
    let t273 = t265.times(0.5, plus: t267)
    let t274 = t269.times(2.0, plus: t273)
    let t275 = t264.times(0.25, plus: t266)
    let t276 = t268.times(4.0, plus: t275)
    let t277 = t265.times(0.125, plus: t267)
    let t278 = t269.times(8.0, plus: t277)
    let t279 = t264.times(0.0625, plus: t266)
    let t280 = t268.times(16.0, plus: t279)
    let t281 = t216 + t267
    let t282 = t265.times(0.03125, plus: t281)
    let t283 = t269.times(32.0, plus: t282)
    t272.store(pixels[12] + c)
    t274.store(pixels[13] + c)
    t276.store(pixels[14] + c)
    t278.store(pixels[15] + c)
    t280.store(pixels[16] + c)
    t283.store(pixels[17] + c)
    let t284 = t50 + t78
    let t285 = t50 - t78
    let t286 = t106 + t134
    let t287 = t106 - t134
    let t288 = t162 + t190
    let t289 = t162 - t190
    let t290 = t22 + t284
    let t291 = t290 + t286
    let t292 = t291 + t288
    let t293 = t285.times(0.5, plus: t287)
    let t294 = t289.times(2.0, plus: t293)
    let t295 = t284.times(0.25, plus: t286)
    let t296 = t288.times(4.0, plus: t295)
    let t297 = t285.times(0.125, plus: t287)
    let t298 = t289.times(8.0, plus: t297)
    let t299 = t284.times(0.0625, plus: t286)
    let t300 = t288.times(16.0, plus: t299)
    let t301 = t218 + t287
    let t302 = t285.times(0.03125, plus: t301)
    let t303 = t289.times(32.0, plus: t302)
    t292.store(pixels[18] + c)
    t294.store(pixels[19] + c)
    t296.store(pixels[20] + c)
    t298.store(pixels[21] + c)
    t300.store(pixels[22] + c)
    t303.store(pixels[23] + c)
    let t304 = t52 + t80
    let t305 = t52 - t80
    let t306 = t108 + t136
    let t307 = t108 - t136
    let t308 = t164 + t192
    let t309 = t164 - t192
    let t310 = t24 + t304
    let t311 = t310 + t306
    let t312 = t311 + t308
    let t313 = t305.times(0.5, plus: t307)
    let t314 = t309.times(2.0, plus: t313)
    let t315 = t304.times(0.25, plus: t306)
    let t316 = t308.times(4.0, plus: t315)
    let t317 = t305.times(0.125, plus: t307)
    let t318 = t309.times(8.0, plus: t317)
    let t319 = t304.times(0.0625, plus: t306)
    let t320 = t308.times(16.0, plus: t319)
    let t321 = t220 + t307
    let t322 = t305.times(0.03125, plus: t321)
    let t323 = t309.times(32.0, plus: t322)
    t312.store(pixels[24] + c)
    t314.store(pixels[25] + c)
    t316.store(pixels[26] + c)
    t318.store(pixels[27] + c)
    t320.store(pixels[28] + c)
    t323.store(pixels[29] + c)
    let t324 = t55 + t83
    let t325 = t55 - t83
    let t326 = t111 + t139
    let t327 = t111 - t139
    let t328 = t167 + t195
    let t329 = t167 - t195
    let t330 = t27 + t324
    let t331 = t330 + t326
    let t332 = t331 + t328
    let t333 = t325.times(0.5, plus: t327)
    let t334 = t329.times(2.0, plus: t333)
    let t335 = t324.times(0.25, plus: t326)
    let t336 = t328.times(4.0, plus: t335)
    let t337 = t325.times(0.125, plus: t327)
    let t338 = t329.times(8.0, plus: t337)
    let t339 = t324.times(0.0625, plus: t326)
    let t340 = t328.times(16.0, plus: t339)
    let t341 = t223 + t327
    let t342 = t325.times(0.03125, plus: t341)
    let t343 = t329.times(32.0, plus: t342)
    t332.store(pixels[30] + c)
    t334.store(pixels[31] + c)
    t336.store(pixels[32] + c)
    t338.store(pixels[33] + c)
    t340.store(pixels[34] + c)
    t343.store(pixels[35] + c)
  }

  /// 2×2 outputs of 3×3 taps, stride 2: pixels = Aᵀ m A of the products m of one tile
  @inline(__always)
  static func stridedOutput2<L: Lane>(_: L.Type, _ m: Source, step: Int, _ c: Int, into pixels: UnsafePointer<Destination>) {
    let t0 = L.load(m + 0 * step)
    let t1 = L.load(m + 5 * step)
    let t2 = L.load(m + 10 * step)
    let t3 = L.load(m + 15 * step)
    let t4 = L.load(m + 20 * step)
    let t5 = t0 + t1
    let t6 = t5 + t3
    let t7 = t2 + t4
    let t8 = t7 - t1
    let t9 = L.load(m + 1 * step)
    let t10 = L.load(m + 6 * step)
    let t11 = L.load(m + 11 * step)
    let t12 = L.load(m + 16 * step)
    let t13 = L.load(m + 21 * step)
    let t14 = t9 + t10
    let t15 = t14 + t12
    let t16 = t11 + t13
    let t17 = t16 - t10
    let t18 = L.load(m + 2 * step)
    let t19 = L.load(m + 7 * step)
    let t20 = L.load(m + 12 * step)
    let t21 = L.load(m + 17 * step)
    let t22 = L.load(m + 22 * step)
    let t23 = t18 + t19
    let t24 = t23 + t21
    let t25 = t20 + t22
    let t26 = t25 - t19
    let t27 = L.load(m + 3 * step)
    let t28 = L.load(m + 8 * step)
    let t29 = L.load(m + 13 * step)
    let t30 = L.load(m + 18 * step)
    let t31 = L.load(m + 23 * step)
    let t32 = t27 + t28
    let t33 = t32 + t30
    let t34 = t29 + t31
    let t35 = t34 - t28
    let t36 = L.load(m + 4 * step)
    let t37 = L.load(m + 9 * step)
    let t38 = L.load(m + 14 * step)
    let t39 = L.load(m + 19 * step)
    let t40 = L.load(m + 24 * step)
    let t41 = t36 + t37
    let t42 = t41 + t39
    let t43 = t38 + t40
    let t44 = t43 - t37
    let t45 = t6 + t15
    let t46 = t45 + t33
    let t47 = t24 + t42
    let t48 = t47 - t15
    t46.store(pixels[0] + c)
    t48.store(pixels[1] + c)
    let t49 = t8 + t17
    let t50 = t49 + t35
    let t51 = t26 + t44
    let t52 = t51 - t17
    t50.store(pixels[2] + c)
    t52.store(pixels[3] + c)
  }

  /// 3×3 outputs of 3×3 taps, stride 2: pixels = Aᵀ m A of the products m of one tile
  @inline(__always)
  static func stridedOutput3<L: Lane>(_: L.Type, _ m: Source, step: Int, _ c: Int, into pixels: UnsafePointer<Destination>) {
    let t0 = L.load(m + 0 * step)
    let t1 = L.load(m + 7 * step)
    let t2 = L.load(m + 14 * step)
    let t3 = L.load(m + 21 * step)
    let t4 = L.load(m + 28 * step)
    let t5 = L.load(m + 35 * step)
    let t6 = L.load(m + 42 * step)
    let t7 = t1 + t2
    let t8 = t1 - t2
    let t9 = t0 + t4
    let t10 = t9 + t7
    let t11 = t5 + t8
    let t12 = t3 + t6
    let t13 = t12 + t7
    let t14 = L.load(m + 1 * step)
    let t15 = L.load(m + 8 * step)
    let t16 = L.load(m + 15 * step)
    let t17 = L.load(m + 22 * step)
    let t18 = L.load(m + 29 * step)
    let t19 = L.load(m + 36 * step)
    let t20 = L.load(m + 43 * step)
    let t21 = t15 + t16
    let t22 = t15 - t16
    let t23 = t14 + t18
    let t24 = t23 + t21
    let t25 = t19 + t22
    let t26 = t17 + t20
    let t27 = t26 + t21
    let t28 = L.load(m + 2 * step)
    let t29 = L.load(m + 9 * step)
    let t30 = L.load(m + 16 * step)
    let t31 = L.load(m + 23 * step)
    let t32 = L.load(m + 30 * step)
    let t33 = L.load(m + 37 * step)
    let t34 = L.load(m + 44 * step)
    let t35 = t29 + t30
    let t36 = t29 - t30
    let t37 = t28 + t32
    let t38 = t37 + t35
    let t39 = t33 + t36
    let t40 = t31 + t34
    let t41 = t40 + t35
    let t42 = L.load(m + 3 * step)
    let t43 = L.load(m + 10 * step)
    let t44 = L.load(m + 17 * step)
    let t45 = L.load(m + 24 * step)
    let t46 = L.load(m + 31 * step)
    let t47 = L.load(m + 38 * step)
    let t48 = L.load(m + 45 * step)
    let t49 = t43 + t44
    let t50 = t43 - t44
    let t51 = t42 + t46
    let t52 = t51 + t49
    let t53 = t47 + t50
    let t54 = t45 + t48
    let t55 = t54 + t49
    let t56 = L.load(m + 4 * step)
    let t57 = L.load(m + 11 * step)
    let t58 = L.load(m + 18 * step)
    let t59 = L.load(m + 25 * step)
    let t60 = L.load(m + 32 * step)
    let t61 = L.load(m + 39 * step)
    let t62 = L.load(m + 46 * step)
    let t63 = t57 + t58
    let t64 = t57 - t58
    let t65 = t56 + t60
    let t66 = t65 + t63
    let t67 = t61 + t64
    let t68 = t59 + t62
    let t69 = t68 + t63
    let t70 = L.load(m + 5 * step)
    let t71 = L.load(m + 12 * step)
    let t72 = L.load(m + 19 * step)
    let t73 = L.load(m + 26 * step)
    let t74 = L.load(m + 33 * step)
    let t75 = L.load(m + 40 * step)
    let t76 = L.load(m + 47 * step)
    let t77 = t71 + t72
    let t78 = t71 - t72
    let t79 = t70 + t74
    let t80 = t79 + t77
    let t81 = t75 + t78
    let t82 = t73 + t76
    let t83 = t82 + t77
    let t84 = L.load(m + 6 * step)
    let t85 = L.load(m + 13 * step)
    let t86 = L.load(m + 20 * step)
    let t87 = L.load(m + 27 * step)
    let t88 = L.load(m + 34 * step)
    let t89 = L.load(m + 41 * step)
    let t90 = L.load(m + 48 * step)
    let t91 = t85 + t86
    let t92 = t85 - t86
    let t93 = t84 + t88
    let t94 = t93 + t91
    let t95 = t89 + t92
    let t96 = t87 + t90
    let t97 = t96 + t91
    let t98 = t24 + t38
    let t99 = t24 - t38
    let t100 = t10 + t66
    let t101 = t100 + t98
    let t102 = t80 + t99
    let t103 = t52 + t94
    let t104 = t103 + t98
    t101.store(pixels[0] + c)
    t102.store(pixels[1] + c)
    t104.store(pixels[2] + c)
    let t105 = t25 + t39
    let t106 = t25 - t39
    let t107 = t11 + t67
    let t108 = t107 + t105
    let t109 = t81 + t106
    let t110 = t53 + t95
    let t111 = t110 + t105
    t108.store(pixels[3] + c)
    t109.store(pixels[4] + c)
    t111.store(pixels[5] + c)
    let t112 = t27 + t41
    let t113 = t27 - t41
    let t114 = t13 + t69
    let t115 = t114 + t112
    let t116 = t83 + t113
    let t117 = t55 + t97
    let t118 = t117 + t112
    t115.store(pixels[6] + c)
    t116.store(pixels[7] + c)
    t118.store(pixels[8] + c)
  }

  /// 4×4 outputs of 3×3 taps, stride 2: pixels = Aᵀ m A of the products m of one tile
  @inline(__always)
  static func stridedOutput4<L: Lane>(_: L.Type, _ m: Source, step: Int, _ c: Int, into pixels: UnsafePointer<Destination>) {
    let t0 = L.load(m + 0 * step)
    let t1 = L.load(m + 9 * step)
    let t2 = L.load(m + 18 * step)
    let t3 = L.load(m + 27 * step)
    let t4 = L.load(m + 36 * step)
    let t5 = L.load(m + 45 * step)
    let t6 = L.load(m + 54 * step)
    let t7 = L.load(m + 63 * step)
    let t8 = L.load(m + 72 * step)
    let t9 = t0 + t1
    let t10 = t0 - t1
    let t11 = t2 + t3
    let t12 = t2 - t3
    let t13 = t5 + t9
    let t14 = t13 + t11
    let t15 = t10.times(0.5, plus: t6)
    let t16 = t12.times(1.5, plus: t15)
    let t17 = t9.times(0.25, plus: t7)
    let t18 = t11.times(2.25, plus: t17)
    let t19 = t4 + t8
    let t20 = t10.times(0.125, plus: t19)
    let t21 = t12.times(3.375, plus: t20)
    let t22 = L.load(m + 1 * step)
    let t23 = L.load(m + 10 * step)
    let t24 = L.load(m + 19 * step)
    let t25 = L.load(m + 28 * step)
    let t26 = L.load(m + 37 * step)
    let t27 = L.load(m + 46 * step)
    let t28 = L.load(m + 55 * step)
    let t29 = L.load(m + 64 * step)
    let t30 = L.load(m + 73 * step)
    let t31 = t22 + t23
    let t32 = t22 - t23
    let t33 = t24 + t25
    let t34 = t24 - t25
    let t35 = t27 + t31
    let t36 = t35 + t33
    let t37 = t32.times(0.5, plus: t28)
    let t38 = t34.times(1.5, plus: t37)
    let t39 = t31.times(0.25, plus: t29)
    let t40 = t33.times(2.25, plus: t39)
    let t41 = t26 + t30
    let t42 = t32.times(0.125, plus: t41)
    let t43 = t34.times(3.375, plus: t42)
    let t44 = L.load(m + 2 * step)
    let t45 = L.load(m + 11 * step)
    let t46 = L.load(m + 20 * step)
    let t47 = L.load(m + 29 * step)
    let t48 = L.load(m + 38 * step)
    let t49 = L.load(m + 47 * step)
    let t50 = L.load(m + 56 * step)
    let t51 = L.load(m + 65 * step)
    let t52 = L.load(m + 74 * step)
    let t53 = t44 + t45
    let t54 = t44 - t45
    let t55 = t46 + t47
    let t56 = t46 - t47
    let t57 = t49 + t53
    let t58 = t57 + t55
    let t59 = t54.times(0.5, plus: t50)
    let t60 = t56.times(1.5, plus: t59)
    let t61 = t53.times(0.25, plus: t51)
    let t62 = t55.times(2.25, plus: t61)
    let t63 = t48 + t52
    let t64 = t54.times(0.125, plus: t63)
    let t65 = t56.times(3.375, plus: t64)
    let t66 = L.load(m + 3 * step)
    let t67 = L.load(m + 12 * step)
    let t68 = L.load(m + 21 * step)
    let t69 = L.load(m + 30 * step)
    let t70 = L.load(m + 39 * step)
    let t71 = L.load(m + 48 * step)
    let t72 = L.load(m + 57 * step)
    let t73 = L.load(m + 66 * step)
    let t74 = L.load(m + 75 * step)
    let t75 = t66 + t67
    let t76 = t66 - t67
    let t77 = t68 + t69
    let t78 = t68 - t69
    let t79 = t71 + t75
    let t80 = t79 + t77
    let t81 = t76.times(0.5, plus: t72)
    let t82 = t78.times(1.5, plus: t81)
    let t83 = t75.times(0.25, plus: t73)
    let t84 = t77.times(2.25, plus: t83)
    let t85 = t70 + t74
    let t86 = t76.times(0.125, plus: t85)
    let t87 = t78.times(3.375, plus: t86)
    let t88 = L.load(m + 4 * step)
    let t89 = L.load(m + 13 * step)
    let t90 = L.load(m + 22 * step)
    let t91 = L.load(m + 31 * step)
    let t92 = L.load(m + 40 * step)
    let t93 = L.load(m + 49 * step)
    let t94 = L.load(m + 58 * step)
    let t95 = L.load(m + 67 * step)
    let t96 = L.load(m + 76 * step)
    let t97 = t88 + t89
    let t98 = t88 - t89
    let t99 = t90 + t91
    let t100 = t90 - t91
    let t101 = t93 + t97
    let t102 = t101 + t99
    let t103 = t98.times(0.5, plus: t94)
    let t104 = t100.times(1.5, plus: t103)
    let t105 = t97.times(0.25, plus: t95)
    let t106 = t99.times(2.25, plus: t105)
    let t107 = t92 + t96
    let t108 = t98.times(0.125, plus: t107)
    let t109 = t100.times(3.375, plus: t108)
    let t110 = L.load(m + 5 * step)
    let t111 = L.load(m + 14 * step)
    let t112 = L.load(m + 23 * step)
    let t113 = L.load(m + 32 * step)
    let t114 = L.load(m + 41 * step)
    let t115 = L.load(m + 50 * step)
    let t116 = L.load(m + 59 * step)
    let t117 = L.load(m + 68 * step)
    let t118 = L.load(m + 77 * step)
    let t119 = t110 + t111
    let t120 = t110 - t111
    let t121 = t112 + t113
    let t122 = t112 - t113
    let t123 = t115 + t119
    let t124 = t123 + t121
    let t125 = t120.times(0.5, plus: t116)
    let t126 = t122.times(1.5, plus: t125)
    let t127 = t119.times(0.25, plus: t117)
    let t128 = t121.times(2.25, plus: t127)
    let t129 = t114 + t118
    let t130 = t120.times(0.125, plus: t129)
    let t131 = t122.times(3.375, plus: t130)
    let t132 = L.load(m + 6 * step)
    let t133 = L.load(m + 15 * step)
    let t134 = L.load(m + 24 * step)
    let t135 = L.load(m + 33 * step)
    let t136 = L.load(m + 42 * step)
    let t137 = L.load(m + 51 * step)
    let t138 = L.load(m + 60 * step)
    let t139 = L.load(m + 69 * step)
    let t140 = L.load(m + 78 * step)
    let t141 = t132 + t133
    let t142 = t132 - t133
    let t143 = t134 + t135
    let t144 = t134 - t135
    let t145 = t137 + t141
    let t146 = t145 + t143
    let t147 = t142.times(0.5, plus: t138)
    let t148 = t144.times(1.5, plus: t147)
    let t149 = t141.times(0.25, plus: t139)
    let t150 = t143.times(2.25, plus: t149)
    let t151 = t136 + t140
    let t152 = t142.times(0.125, plus: t151)
    let t153 = t144.times(3.375, plus: t152)
    let t154 = L.load(m + 7 * step)
    let t155 = L.load(m + 16 * step)
    let t156 = L.load(m + 25 * step)
    let t157 = L.load(m + 34 * step)
    let t158 = L.load(m + 43 * step)
    let t159 = L.load(m + 52 * step)
    let t160 = L.load(m + 61 * step)
    let t161 = L.load(m + 70 * step)
    let t162 = L.load(m + 79 * step)
    let t163 = t154 + t155
    let t164 = t154 - t155
    let t165 = t156 + t157
    let t166 = t156 - t157
    let t167 = t159 + t163
    let t168 = t167 + t165
    let t169 = t164.times(0.5, plus: t160)
    let t170 = t166.times(1.5, plus: t169)
    let t171 = t163.times(0.25, plus: t161)
    let t172 = t165.times(2.25, plus: t171)
    let t173 = t158 + t162
    let t174 = t164.times(0.125, plus: t173)
    let t175 = t166.times(3.375, plus: t174)
    let t176 = L.load(m + 8 * step)
    let t177 = L.load(m + 17 * step)
    let t178 = L.load(m + 26 * step)
    let t179 = L.load(m + 35 * step)
    let t180 = L.load(m + 44 * step)
    let t181 = L.load(m + 53 * step)
    let t182 = L.load(m + 62 * step)
    let t183 = L.load(m + 71 * step)
    let t184 = L.load(m + 80 * step)
    let t185 = t176 + t177
    let t186 = t176 - t177
    let t187 = t178 + t179
    let t188 = t178 - t179
    let t189 = t181 + t185
    let t190 = t189 + t187
    let t191 = t186.times(0.5, plus: t182)
    let t192 = t188.times(1.5, plus: t191)
    let t193 = t185.times(0.25, plus: t183)
    let t194 = t187.times(2.25, plus: t193)
    let t195 = t180 + t184
    let t196 = t186.times(0.125, plus: t195)
    let t197 = t188.times(3.375, plus: t196)
    let t198 = t14 + t36
    let t199 = t14 - t36
    let t200 = t58 + t80
    let t201 = t58 - t80
    let t202 = t124 + t198
    let t203 = t202 + t200
    let t204 = t199.times(0.5, plus: t146)
    let t205 = t201.times(1.5, plus: t204)
    let t206 = t198.times(0.25, plus: t168)
    let t207 = t200.times(2.25, plus: t206)
    let t208 = t102 + t190
    let t209 = t199.times(0.125, plus: t208)
    let t210 = t201.times(3.375, plus: t209)
    t203.store(pixels[0] + c)
    t205.store(pixels[1] + c)
    t207.store(pixels[2] + c)
    t210.store(pixels[3] + c)
    let t211 = t16 + t38
    let t212 = t16 - t38
    let t213 = t60 + t82
    let t214 = t60 - t82
    let t215 = t126 + t211
    let t216 = t215 + t213
    let t217 = t212.times(0.5, plus: t148)
    let t218 = t214.times(1.5, plus: t217)
    let t219 = t211.times(0.25, plus: t170)
    let t220 = t213.times(2.25, plus: t219)
    let t221 = t104 + t192
    let t222 = t212.times(0.125, plus: t221)
    let t223 = t214.times(3.375, plus: t222)
    t216.store(pixels[4] + c)
    t218.store(pixels[5] + c)
    t220.store(pixels[6] + c)
    t223.store(pixels[7] + c)
    let t224 = t18 + t40
    let t225 = t18 - t40
    let t226 = t62 + t84
    let t227 = t62 - t84
    let t228 = t128 + t224
    let t229 = t228 + t226
    let t230 = t225.times(0.5, plus: t150)
    let t231 = t227.times(1.5, plus: t230)
    let t232 = t224.times(0.25, plus: t172)
    let t233 = t226.times(2.25, plus: t232)
    let t234 = t106 + t194
    let t235 = t225.times(0.125, plus: t234)
    let t236 = t227.times(3.375, plus: t235)
    t229.store(pixels[8] + c)
    t231.store(pixels[9] + c)
    t233.store(pixels[10] + c)
    t236.store(pixels[11] + c)
    let t237 = t21 + t43
    let t238 = t21 - t43
    let t239 = t65 + t87
    let t240 = t65 - t87
    let t241 = t131 + t237
    let t242 = t241 + t239
    let t243 = t238.times(0.5, plus: t153)
    let t244 = t240.times(1.5, plus: t243)
    let t245 = t237.times(0.25, plus: t175)
    let t246 = t239.times(2.25, plus: t245)
    let t247 = t109 + t197
    let t248 = t238.times(0.125, plus: t247)
    let t249 = t240.times(3.375, plus: t248)
    t242.store(pixels[12] + c)
    t244.store(pixels[13] + c)
    t246.store(pixels[14] + c)
    t249.store(pixels[15] + c)
  }

  /// 4×4 outputs of 4×4 taps: pixels = Aᵀ m A of the products m of one tile
  @inline(__always)
  static func fourTapOutput4<L: Lane>(_: L.Type, _ m: Source, step: Int, _ c: Int, into pixels: UnsafePointer<Destination>) {
    let t0 = L.load(m + 0 * step)
    let t1 = L.load(m + 7 * step)
    let t2 = L.load(m + 14 * step)
    let t3 = L.load(m + 21 * step)
    let t4 = L.load(m + 28 * step)
    let t5 = L.load(m + 35 * step)
    let t6 = L.load(m + 42 * step)
    let t7 = t0 + t1
    let t8 = t0 - t1
    let t9 = t2 + t3
    let t10 = t2 - t3
    let t11 = t4 + t5
    let t12 = t4 - t5
    let t13 = t7 + t9
    let t14 = t13 + t11
    let t15 = t8.times(0.25)
    let t16 = t10.times(0.875, plus: t15)
    let t17 = t12.times(2.125, plus: t16)
    let t18 = t7.times(0.0625)
    let t19 = t9.times(0.765625, plus: t18)
    let t20 = t11.times(4.515625, plus: t19)
    let t21 = t8.times(0.015625, plus: t6)
    let t22 = t10.times(0.669921875, plus: t21)
    let t23 = t12.times(9.595703125, plus: t22)
    let t24 = L.load(m + 1 * step)
    let t25 = L.load(m + 8 * step)
    let t26 = L.load(m + 15 * step)
    let t27 = L.load(m + 22 * step)
    let t28 = L.load(m + 29 * step)
    let t29 = L.load(m + 36 * step)
    let t30 = L.load(m + 43 * step)
    let t31 = t24 + t25
    let t32 = t24 - t25
    let t33 = t26 + t27
    let t34 = t26 - t27
    let t35 = t28 + t29
    let t36 = t28 - t29
    let t37 = t31 + t33
    let t38 = t37 + t35
    let t39 = t32.times(0.25)
    let t40 = t34.times(0.875, plus: t39)
    let t41 = t36.times(2.125, plus: t40)
    let t42 = t31.times(0.0625)
    let t43 = t33.times(0.765625, plus: t42)
    let t44 = t35.times(4.515625, plus: t43)
    let t45 = t32.times(0.015625, plus: t30)
    let t46 = t34.times(0.669921875, plus: t45)
    let t47 = t36.times(9.595703125, plus: t46)
    let t48 = L.load(m + 2 * step)
    let t49 = L.load(m + 9 * step)
    let t50 = L.load(m + 16 * step)
    let t51 = L.load(m + 23 * step)
    let t52 = L.load(m + 30 * step)
    let t53 = L.load(m + 37 * step)
    let t54 = L.load(m + 44 * step)
    let t55 = t48 + t49
    let t56 = t48 - t49
    let t57 = t50 + t51
    let t58 = t50 - t51
    let t59 = t52 + t53
    let t60 = t52 - t53
    let t61 = t55 + t57
    let t62 = t61 + t59
    let t63 = t56.times(0.25)
    let t64 = t58.times(0.875, plus: t63)
    let t65 = t60.times(2.125, plus: t64)
    let t66 = t55.times(0.0625)
    let t67 = t57.times(0.765625, plus: t66)
    let t68 = t59.times(4.515625, plus: t67)
    let t69 = t56.times(0.015625, plus: t54)
    let t70 = t58.times(0.669921875, plus: t69)
    let t71 = t60.times(9.595703125, plus: t70)
    let t72 = L.load(m + 3 * step)
    let t73 = L.load(m + 10 * step)
    let t74 = L.load(m + 17 * step)
    let t75 = L.load(m + 24 * step)
    let t76 = L.load(m + 31 * step)
    let t77 = L.load(m + 38 * step)
    let t78 = L.load(m + 45 * step)
    let t79 = t72 + t73
    let t80 = t72 - t73
    let t81 = t74 + t75
    let t82 = t74 - t75
    let t83 = t76 + t77
    let t84 = t76 - t77
    let t85 = t79 + t81
    let t86 = t85 + t83
    let t87 = t80.times(0.25)
    let t88 = t82.times(0.875, plus: t87)
    let t89 = t84.times(2.125, plus: t88)
    let t90 = t79.times(0.0625)
    let t91 = t81.times(0.765625, plus: t90)
    let t92 = t83.times(4.515625, plus: t91)
    let t93 = t80.times(0.015625, plus: t78)
    let t94 = t82.times(0.669921875, plus: t93)
    let t95 = t84.times(9.595703125, plus: t94)
    let t96 = L.load(m + 4 * step)
    let t97 = L.load(m + 11 * step)
    let t98 = L.load(m + 18 * step)
    let t99 = L.load(m + 25 * step)
    let t100 = L.load(m + 32 * step)
    let t101 = L.load(m + 39 * step)
    let t102 = L.load(m + 46 * step)
    let t103 = t96 + t97
    let t104 = t96 - t97
    let t105 = t98 + t99
    let t106 = t98 - t99
    let t107 = t100 + t101
    let t108 = t100 - t101
    let t109 = t103 + t105
    let t110 = t109 + t107
    let t111 = t104.times(0.25)
    let t112 = t106.times(0.875, plus: t111)
    let t113 = t108.times(2.125, plus: t112)
    let t114 = t103.times(0.0625)
    let t115 = t105.times(0.765625, plus: t114)
    let t116 = t107.times(4.515625, plus: t115)
    let t117 = t104.times(0.015625, plus: t102)
    let t118 = t106.times(0.669921875, plus: t117)
    let t119 = t108.times(9.595703125, plus: t118)
    let t120 = L.load(m + 5 * step)
    let t121 = L.load(m + 12 * step)
    let t122 = L.load(m + 19 * step)
    let t123 = L.load(m + 26 * step)
    let t124 = L.load(m + 33 * step)
    let t125 = L.load(m + 40 * step)
    let t126 = L.load(m + 47 * step)
    let t127 = t120 + t121
    let t128 = t120 - t121
    let t129 = t122 + t123
    let t130 = t122 - t123
    let t131 = t124 + t125
    let t132 = t124 - t125
    let t133 = t127 + t129
    let t134 = t133 + t131
    let t135 = t128.times(0.25)
    let t136 = t130.times(0.875, plus: t135)
    let t137 = t132.times(2.125, plus: t136)
    let t138 = t127.times(0.0625)
    let t139 = t129.times(0.765625, plus: t138)
    let t140 = t131.times(4.515625, plus: t139)
    let t141 = t128.times(0.015625, plus: t126)
    let t142 = t130.times(0.669921875, plus: t141)
    let t143 = t132.times(9.595703125, plus: t142)
    let t144 = L.load(m + 6 * step)
    let t145 = L.load(m + 13 * step)
    let t146 = L.load(m + 20 * step)
    let t147 = L.load(m + 27 * step)
    let t148 = L.load(m + 34 * step)
    let t149 = L.load(m + 41 * step)
    let t150 = L.load(m + 48 * step)
    let t151 = t144 + t145
    let t152 = t144 - t145
    let t153 = t146 + t147
    let t154 = t146 - t147
    let t155 = t148 + t149
    let t156 = t148 - t149
    let t157 = t151 + t153
    let t158 = t157 + t155
    let t159 = t152.times(0.25)
    let t160 = t154.times(0.875, plus: t159)
    let t161 = t156.times(2.125, plus: t160)
    let t162 = t151.times(0.0625)
    let t163 = t153.times(0.765625, plus: t162)
    let t164 = t155.times(4.515625, plus: t163)
    let t165 = t152.times(0.015625, plus: t150)
    let t166 = t154.times(0.669921875, plus: t165)
    let t167 = t156.times(9.595703125, plus: t166)
    let t168 = t14 + t38
    let t169 = t14 - t38
    let t170 = t62 + t86
    let t171 = t62 - t86
    let t172 = t110 + t134
    let t173 = t110 - t134
    let t174 = t168 + t170
    let t175 = t174 + t172
    let t176 = t169.times(0.25)
    let t177 = t171.times(0.875, plus: t176)
    let t178 = t173.times(2.125, plus: t177)
    let t179 = t168.times(0.0625)
    let t180 = t170.times(0.765625, plus: t179)
    let t181 = t172.times(4.515625, plus: t180)
    let t182 = t169.times(0.015625, plus: t158)
    let t183 = t171.times(0.669921875, plus: t182)
    let t184 = t173.times(9.595703125, plus: t183)
    t175.store(pixels[0] + c)
    t178.store(pixels[1] + c)
    t181.store(pixels[2] + c)
    t184.store(pixels[3] + c)
    let t185 = t17 + t41
    let t186 = t17 - t41
    let t187 = t65 + t89
    let t188 = t65 - t89
    let t189 = t113 + t137
    let t190 = t113 - t137
    let t191 = t185 + t187
    let t192 = t191 + t189
    let t193 = t186.times(0.25)
    let t194 = t188.times(0.875, plus: t193)
    let t195 = t190.times(2.125, plus: t194)
    let t196 = t185.times(0.0625)
    let t197 = t187.times(0.765625, plus: t196)
    let t198 = t189.times(4.515625, plus: t197)
    let t199 = t186.times(0.015625, plus: t161)
    let t200 = t188.times(0.669921875, plus: t199)
    let t201 = t190.times(9.595703125, plus: t200)
    t192.store(pixels[4] + c)
    t195.store(pixels[5] + c)
    t198.store(pixels[6] + c)
    t201.store(pixels[7] + c)
    let t202 = t20 + t44
    let t203 = t20 - t44
    let t204 = t68 + t92
    let t205 = t68 - t92
    let t206 = t116 + t140
    let t207 = t116 - t140
    let t208 = t202 + t204
    let t209 = t208 + t206
    let t210 = t203.times(0.25)
    let t211 = t205.times(0.875, plus: t210)
    let t212 = t207.times(2.125, plus: t211)
    let t213 = t202.times(0.0625)
    let t214 = t204.times(0.765625, plus: t213)
    let t215 = t206.times(4.515625, plus: t214)
    let t216 = t203.times(0.015625, plus: t164)
    let t217 = t205.times(0.669921875, plus: t216)
    let t218 = t207.times(9.595703125, plus: t217)
    t209.store(pixels[8] + c)
    t212.store(pixels[9] + c)
    t215.store(pixels[10] + c)
    t218.store(pixels[11] + c)
    let t219 = t23 + t47
    let t220 = t23 - t47
    let t221 = t71 + t95
    let t222 = t71 - t95
    let t223 = t119 + t143
    let t224 = t119 - t143
    let t225 = t219 + t221
    let t226 = t225 + t223
    let t227 = t220.times(0.25)
    let t228 = t222.times(0.875, plus: t227)
    let t229 = t224.times(2.125, plus: t228)
    let t230 = t219.times(0.0625)
    let t231 = t221.times(0.765625, plus: t230)
    let t232 = t223.times(4.515625, plus: t231)
    let t233 = t220.times(0.015625, plus: t167)
    let t234 = t222.times(0.669921875, plus: t233)
    let t235 = t224.times(9.595703125, plus: t234)
    t226.store(pixels[12] + c)
    t229.store(pixels[13] + c)
    t232.store(pixels[14] + c)
    t235.store(pixels[15] + c)
  }

  /// 1×1 outputs of 3×3 taps within a border of zeros: pixels = Aᵀ m A of the products m of one tile
  @inline(__always)
  static func borderedOutput1<L: Lane>(_: L.Type, _ m: Source, step: Int, _ c: Int, into pixels: UnsafePointer<Destination>) {
    let t0 = L.load(m + 0 * step)
    t0.store(pixels[0] + c)
  }

  /// 2×2 outputs of 3×3 taps within a border of zeros: pixels = Aᵀ m A of the products m of one tile
  @inline(__always)
  static func borderedOutput2<L: Lane>(_: L.Type, _ m: Source, step: Int, _ c: Int, into pixels: UnsafePointer<Destination>) {
    let t0 = L.load(m + 0 * step)
    let t1 = L.load(m + 3 * step)
    let t2 = L.load(m + 6 * step)
    let t3 = t2 - t1
    let t4 = t0 + t1
    let t5 = L.load(m + 1 * step)
    let t6 = L.load(m + 4 * step)
    let t7 = L.load(m + 7 * step)
    let t8 = t7 - t6
    let t9 = t5 + t6
    let t10 = L.load(m + 2 * step)
    let t11 = L.load(m + 5 * step)
    let t12 = L.load(m + 8 * step)
    let t13 = t12 - t11
    let t14 = t10 + t11
    let t15 = t13 - t8
    let t16 = t3 + t8
    t15.store(pixels[0] + c)
    t16.store(pixels[1] + c)
    let t17 = t14 - t9
    let t18 = t4 + t9
    t17.store(pixels[2] + c)
    t18.store(pixels[3] + c)
  }

  /// 3×3 outputs of 3×3 taps within a border of zeros: pixels = Aᵀ m A of the products m of one tile
  @inline(__always)
  static func borderedOutput3<L: Lane>(_: L.Type, _ m: Source, step: Int, _ c: Int, into pixels: UnsafePointer<Destination>) {
    let t0 = L.load(m + 0 * step)
    let t1 = L.load(m + 4 * step)
    let t2 = L.load(m + 8 * step)
    let t3 = L.load(m + 12 * step)
    let t4 = t0 - t1
    let t5 = t3 - t2
    let t6 = t4 + t5
    let t7 = t4 - t5
    let t8 = t0.times(1.5)
    let t9 = t1.times(1.5, plus: t8)
    let t10 = t2.times(0.5, plus: t9)
    let t11 = t3.times(0.5, plus: t10)
    let t12 = L.load(m + 1 * step)
    let t13 = L.load(m + 5 * step)
    let t14 = L.load(m + 9 * step)
    let t15 = L.load(m + 13 * step)
    let t16 = t12 - t13
    let t17 = t15 - t14
    let t18 = t16 + t17
    let t19 = t16 - t17
    let t20 = t12.times(1.5)
    let t21 = t13.times(1.5, plus: t20)
    let t22 = t14.times(0.5, plus: t21)
    let t23 = t15.times(0.5, plus: t22)
    let t24 = L.load(m + 2 * step)
    let t25 = L.load(m + 6 * step)
    let t26 = L.load(m + 10 * step)
    let t27 = L.load(m + 14 * step)
    let t28 = t24 - t25
    let t29 = t27 - t26
    let t30 = t28 + t29
    let t31 = t28 - t29
    let t32 = t24.times(1.5)
    let t33 = t25.times(1.5, plus: t32)
    let t34 = t26.times(0.5, plus: t33)
    let t35 = t27.times(0.5, plus: t34)
    let t36 = L.load(m + 3 * step)
    let t37 = L.load(m + 7 * step)
    let t38 = L.load(m + 11 * step)
    let t39 = L.load(m + 15 * step)
    let t40 = t36 - t37
    let t41 = t39 - t38
    let t42 = t40 + t41
    let t43 = t40 - t41
    let t44 = t36.times(1.5)
    let t45 = t37.times(1.5, plus: t44)
    let t46 = t38.times(0.5, plus: t45)
    let t47 = t39.times(0.5, plus: t46)
    let t48 = t6 - t18
    let t49 = t42 - t30
    let t50 = t48 + t49
    let t51 = t48 - t49
    let t52 = t6.times(1.5)
    let t53 = t18.times(1.5, plus: t52)
    let t54 = t30.times(0.5, plus: t53)
    let t55 = t42.times(0.5, plus: t54)
    t50.store(pixels[0] + c)
    t55.store(pixels[1] + c)
    t51.store(pixels[2] + c)
    let t56 = t11 - t23
    let t57 = t47 - t35
    let t58 = t56 + t57
    let t59 = t56 - t57
    let t60 = t11.times(1.5)
    let t61 = t23.times(1.5, plus: t60)
    let t62 = t35.times(0.5, plus: t61)
    let t63 = t47.times(0.5, plus: t62)
    t58.store(pixels[3] + c)
    t63.store(pixels[4] + c)
    t59.store(pixels[5] + c)
    let t64 = t7 - t19
    let t65 = t43 - t31
    let t66 = t64 + t65
    let t67 = t64 - t65
    let t68 = t7.times(1.5)
    let t69 = t19.times(1.5, plus: t68)
    let t70 = t31.times(0.5, plus: t69)
    let t71 = t43.times(0.5, plus: t70)
    t66.store(pixels[6] + c)
    t71.store(pixels[7] + c)
    t67.store(pixels[8] + c)
  }

  /// 2×2 outputs of 3×3 taps: u[position] = G g Gᵀ of one window
  @inline(__always)
  static func weight2<L: Lane>(_: L.Type, _ g: UnsafePointer<L>, into u: Destination, step: Int) {
    let t0 = g[0]
    let t1 = g[3]
    let t2 = g[6]
    let t3 = -t0
    let t4 = t0.times(0.5)
    let t5 = t2.times(0.5, plus: t4)
    let t6 = t1.times(0.5)
    let t7 = t5 + t6
    let t8 = t5 - t6
    let t9 = g[1]
    let t10 = g[4]
    let t11 = g[7]
    let t12 = -t9
    let t13 = t9.times(0.5)
    let t14 = t11.times(0.5, plus: t13)
    let t15 = t10.times(0.5)
    let t16 = t14 + t15
    let t17 = t14 - t15
    let t18 = g[2]
    let t19 = g[5]
    let t20 = g[8]
    let t21 = -t18
    let t22 = t18.times(0.5)
    let t23 = t20.times(0.5, plus: t22)
    let t24 = t19.times(0.5)
    let t25 = t23 + t24
    let t26 = t23 - t24
    let t27 = -t3
    let t28 = t3.times(0.5)
    let t29 = t21.times(0.5, plus: t28)
    let t30 = t12.times(0.5)
    let t31 = t29 + t30
    let t32 = t29 - t30
    t27.store(u + 0 * step)
    t31.store(u + 1 * step)
    t32.store(u + 2 * step)
    t21.store(u + 3 * step)
    let t33 = -t7
    let t34 = t7.times(0.5)
    let t35 = t25.times(0.5, plus: t34)
    let t36 = t16.times(0.5)
    let t37 = t35 + t36
    let t38 = t35 - t36
    t33.store(u + 4 * step)
    t37.store(u + 5 * step)
    t38.store(u + 6 * step)
    t25.store(u + 7 * step)
    let t39 = -t8
    let t40 = t8.times(0.5)
    let t41 = t26.times(0.5, plus: t40)
    let t42 = t17.times(0.5)
    let t43 = t41 + t42
    let t44 = t41 - t42
    t39.store(u + 8 * step)
    t43.store(u + 9 * step)
    t44.store(u + 10 * step)
    t26.store(u + 11 * step)
    let t45 = -t2
    let t46 = t2.times(0.5)
    let t47 = t20.times(0.5, plus: t46)
    let t48 = t11.times(0.5)
    let t49 = t47 + t48
    let t50 = t47 - t48
    t45.store(u + 12 * step)
    t49.store(u + 13 * step)
    t50.store(u + 14 * step)
    t20.store(u + 15 * step)
  }

  /// 3×3 outputs of 3×3 taps: u[position] = G g Gᵀ of one window
  @inline(__always)
  static func weight3<L: Lane>(_: L.Type, _ g: UnsafePointer<L>, into u: Destination, step: Int) {
    let t0 = g[0]
    let t1 = g[3]
    let t2 = g[6]
    let t3 = t1.times(-0.25)
    let t4 = t0.times(-0.5)
    let t5 = t2.times(-0.125, plus: t4)
    let t6 = t3 + t5
    let t7 = t3 - t5
    let t8 = t1.times(0.25)
    let t9 = t0.times(1.0 / 6)
    let t10 = t2.times(0.375, plus: t9)
    let t11 = t8 + t10
    let t12 = t8 - t10
    let t13 = g[1]
    let t14 = g[4]
    let t15 = g[7]
    let t16 = t14.times(-0.25)
    let t17 = t13.times(-0.5)
    let t18 = t15.times(-0.125, plus: t17)
    let t19 = t16 + t18
    let t20 = t16 - t18
    let t21 = t14.times(0.25)
    let t22 = t13.times(1.0 / 6)
    let t23 = t15.times(0.375, plus: t22)
    let t24 = t21 + t23
    let t25 = t21 - t23
    let t26 = g[2]
    let t27 = g[5]
    let t28 = g[8]
    let t29 = t27.times(-0.25)
    let t30 = t26.times(-0.5)
    let t31 = t28.times(-0.125, plus: t30)
    let t32 = t29 + t31
    let t33 = t29 - t31
    let t34 = t27.times(0.25)
    let t35 = t26.times(1.0 / 6)
    let t36 = t28.times(0.375, plus: t35)
    let t37 = t34 + t36
    let t38 = t34 - t36
    let t39 = t19.times(-0.25)
    let t40 = t6.times(-0.5)
    let t41 = t32.times(-0.125, plus: t40)
    let t42 = t39 + t41
    let t43 = t39 - t41
    let t44 = t19.times(0.25)
    let t45 = t6.times(1.0 / 6)
    let t46 = t32.times(0.375, plus: t45)
    let t47 = t44 + t46
    let t48 = t44 - t46
    t42.store(u + 0 * step)
    t43.store(u + 1 * step)
    t47.store(u + 2 * step)
    t48.store(u + 3 * step)
    t32.store(u + 4 * step)
    let t49 = t20.times(-0.25)
    let t50 = t7.times(-0.5)
    let t51 = t33.times(-0.125, plus: t50)
    let t52 = t49 + t51
    let t53 = t49 - t51
    let t54 = t20.times(0.25)
    let t55 = t7.times(1.0 / 6)
    let t56 = t33.times(0.375, plus: t55)
    let t57 = t54 + t56
    let t58 = t54 - t56
    t52.store(u + 5 * step)
    t53.store(u + 6 * step)
    t57.store(u + 7 * step)
    t58.store(u + 8 * step)
    t33.store(u + 9 * step)
    let t59 = t24.times(-0.25)
    let t60 = t11.times(-0.5)
    let t61 = t37.times(-0.125, plus: t60)
    let t62 = t59 + t61
    let t63 = t59 - t61
    let t64 = t24.times(0.25)
    let t65 = t11.times(1.0 / 6)
    let t66 = t37.times(0.375, plus: t65)
    let t67 = t64 + t66
    let t68 = t64 - t66
    t62.store(u + 10 * step)
    t63.store(u + 11 * step)
    t67.store(u + 12 * step)
    t68.store(u + 13 * step)
    t37.store(u + 14 * step)
    let t69 = t25.times(-0.25)
    let t70 = t12.times(-0.5)
    let t71 = t38.times(-0.125, plus: t70)
    let t72 = t69 + t71
    let t73 = t69 - t71
    let t74 = t25.times(0.25)
    let t75 = t12.times(1.0 / 6)
    let t76 = t38.times(0.375, plus: t75)
    let t77 = t74 + t76
    let t78 = t74 - t76
    t72.store(u + 15 * step)
    t73.store(u + 16 * step)
    t77.store(u + 17 * step)
    t78.store(u + 18 * step)
    t38.store(u + 19 * step)
    let t79 = t15.times(-0.25)
    let t80 = t2.times(-0.5)
    let t81 = t28.times(-0.125, plus: t80)
    let t82 = t79 + t81
    let t83 = t79 - t81
    let t84 = t15.times(0.25)
    let t85 = t2.times(1.0 / 6)
    let t86 = t28.times(0.375, plus: t85)
    let t87 = t84 + t86
    let t88 = t84 - t86
    t82.store(u + 20 * step)
    t83.store(u + 21 * step)
    t87.store(u + 22 * step)
    t88.store(u + 23 * step)
    t28.store(u + 24 * step)
  }

  /// 4×4 outputs of 3×3 taps: u[position] = G g Gᵀ of one window
  @inline(__always)
  static func weight4<L: Lane>(_: L.Type, _ g: UnsafePointer<L>, into u: Destination, step: Int) {
    let t0 = g[0]
    let t1 = g[3]
    let t2 = g[6]
    let t3 = t0.times(16384.0 / 14641)
    let t4 = t0.times(-32768.0 / 43923)
    let t5 = t2.times(-128.0 / 363, plus: t4)
    let t6 = t1.times(-2048.0 / 3993)
    let t7 = t5 + t6
    let t8 = t5 - t6
    let t9 = t0.times(8192.0 / 43923)
    let t10 = t2.times(128.0 / 363, plus: t9)
    let t11 = t1.times(1024.0 / 3993)
    let t12 = t10 + t11
    let t13 = t10 - t11
    let t14 = g[1]
    let t15 = g[4]
    let t16 = g[7]
    let t17 = t14.times(16384.0 / 14641)
    let t18 = t14.times(-32768.0 / 43923)
    let t19 = t16.times(-128.0 / 363, plus: t18)
    let t20 = t15.times(-2048.0 / 3993)
    let t21 = t19 + t20
    let t22 = t19 - t20
    let t23 = t14.times(8192.0 / 43923)
    let t24 = t16.times(128.0 / 363, plus: t23)
    let t25 = t15.times(1024.0 / 3993)
    let t26 = t24 + t25
    let t27 = t24 - t25
    let t28 = g[2]
    let t29 = g[5]
    let t30 = g[8]
    let t31 = t28.times(16384.0 / 14641)
    let t32 = t28.times(-32768.0 / 43923)
    let t33 = t30.times(-128.0 / 363, plus: t32)
    let t34 = t29.times(-2048.0 / 3993)
    let t35 = t33 + t34
    let t36 = t33 - t34
    let t37 = t28.times(8192.0 / 43923)
    let t38 = t30.times(128.0 / 363, plus: t37)
    let t39 = t29.times(1024.0 / 3993)
    let t40 = t38 + t39
    let t41 = t38 - t39
    let t42 = t3.times(16384.0 / 14641)
    let t43 = t3.times(-32768.0 / 43923)
    let t44 = t31.times(-128.0 / 363, plus: t43)
    let t45 = t17.times(-2048.0 / 3993)
    let t46 = t44 + t45
    let t47 = t44 - t45
    let t48 = t3.times(8192.0 / 43923)
    let t49 = t31.times(128.0 / 363, plus: t48)
    let t50 = t17.times(1024.0 / 3993)
    let t51 = t49 + t50
    let t52 = t49 - t50
    t42.store(u + 0 * step)
    t46.store(u + 1 * step)
    t47.store(u + 2 * step)
    t51.store(u + 3 * step)
    t52.store(u + 4 * step)
    t31.store(u + 5 * step)
    let t53 = t7.times(16384.0 / 14641)
    let t54 = t7.times(-32768.0 / 43923)
    let t55 = t35.times(-128.0 / 363, plus: t54)
    let t56 = t21.times(-2048.0 / 3993)
    let t57 = t55 + t56
    let t58 = t55 - t56
    let t59 = t7.times(8192.0 / 43923)
    let t60 = t35.times(128.0 / 363, plus: t59)
    let t61 = t21.times(1024.0 / 3993)
    let t62 = t60 + t61
    let t63 = t60 - t61
    t53.store(u + 6 * step)
    t57.store(u + 7 * step)
    t58.store(u + 8 * step)
    t62.store(u + 9 * step)
    t63.store(u + 10 * step)
    t35.store(u + 11 * step)
    let t64 = t8.times(16384.0 / 14641)
    let t65 = t8.times(-32768.0 / 43923)
    let t66 = t36.times(-128.0 / 363, plus: t65)
    let t67 = t22.times(-2048.0 / 3993)
    let t68 = t66 + t67
    let t69 = t66 - t67
    let t70 = t8.times(8192.0 / 43923)
    let t71 = t36.times(128.0 / 363, plus: t70)
    let t72 = t22.times(1024.0 / 3993)
    let t73 = t71 + t72
    let t74 = t71 - t72
    t64.store(u + 12 * step)
    t68.store(u + 13 * step)
    t69.store(u + 14 * step)
    t73.store(u + 15 * step)
    t74.store(u + 16 * step)
    t36.store(u + 17 * step)
    let t75 = t12.times(16384.0 / 14641)
    let t76 = t12.times(-32768.0 / 43923)
    let t77 = t40.times(-128.0 / 363, plus: t76)
    let t78 = t26.times(-2048.0 / 3993)
    let t79 = t77 + t78
    let t80 = t77 - t78
    let t81 = t12.times(8192.0 / 43923)
    let t82 = t40.times(128.0 / 363, plus: t81)
    let t83 = t26.times(1024.0 / 3993)
    let t84 = t82 + t83
    let t85 = t82 - t83
    t75.store(u + 18 * step)
    t79.store(u + 19 * step)
    t80.store(u + 20 * step)
    t84.store(u + 21 * step)
    t85.store(u + 22 * step)
    t40.store(u + 23 * step)
    let t86 = t13.times(16384.0 / 14641)
    let t87 = t13.times(-32768.0 / 43923)
    let t88 = t41.times(-128.0 / 363, plus: t87)
    let t89 = t27.times(-2048.0 / 3993)
    let t90 = t88 + t89
    let t91 = t88 - t89
    let t92 = t13.times(8192.0 / 43923)
    let t93 = t41.times(128.0 / 363, plus: t92)
    let t94 = t27.times(1024.0 / 3993)
    let t95 = t93 + t94
    let t96 = t93 - t94
    t86.store(u + 24 * step)
    t90.store(u + 25 * step)
    t91.store(u + 26 * step)
    t95.store(u + 27 * step)
    t96.store(u + 28 * step)
    t41.store(u + 29 * step)
    let t97 = t2.times(16384.0 / 14641)
    let t98 = t2.times(-32768.0 / 43923)
    let t99 = t30.times(-128.0 / 363, plus: t98)
    let t100 = t16.times(-2048.0 / 3993)
    let t101 = t99 + t100
    let t102 = t99 - t100
    let t103 = t2.times(8192.0 / 43923)
    let t104 = t30.times(128.0 / 363, plus: t103)
    let t105 = t16.times(1024.0 / 3993)
    let t106 = t104 + t105
    let t107 = t104 - t105
    t97.store(u + 30 * step)
    t101.store(u + 31 * step)
    t102.store(u + 32 * step)
    t106.store(u + 33 * step)
    t107.store(u + 34 * step)
    t30.store(u + 35 * step)
  }

  /// 6×6 outputs of 3×3 taps: u[position] = G g Gᵀ of one window
  @inline(__always)
  static func weight6<L: Lane>(_: L.Type, _ g: UnsafePointer<L>, into u: Destination, step: Int) {
    let t0 = g[0]
    let t1 = g[3]
    let t2 = g[6]
    let t3 = -t0
    let t4 = t0.times(32.0 / 45)
    let t5 = t2.times(8.0 / 45, plus: t4)
    let t6 = t1.times(16.0 / 45)
    let t7 = t5 + t6
    let t8 = t5 - t6
    let t9 = t0.times(-2.0 / 9)
    let t10 = t2.times(-2.0 / 9, plus: t9)
    let t11 = t1.times(-2.0 / 9)
    let t12 = t10 + t11
    let t13 = t10 - t11
    let t14 = t0.times(1.0 / 90)
    let t15 = t2.times(2.0 / 45, plus: t14)
    let t16 = t1.times(1.0 / 45)
    let t17 = t15 + t16
    let t18 = t15 - t16
    let t19 = g[1]
    let t20 = g[4]
    let t21 = g[7]
    let t22 = -t19
    let t23 = t19.times(32.0 / 45)
    let t24 = t21.times(8.0 / 45, plus: t23)
    let t25 = t20.times(16.0 / 45)
    let t26 = t24 + t25
    let t27 = t24 - t25
    let t28 = t19.times(-2.0 / 9)
    let t29 = t21.times(-2.0 / 9, plus: t28)
    let t30 = t20.times(-2.0 / 9)
    let t31 = t29 + t30
    let t32 = t29 - t30
    let t33 = t19.times(1.0 / 90)
    let t34 = t21.times(2.0 / 45, plus: t33)
    let t35 = t20.times(1.0 / 45)
    let t36 = t34 + t35
    let t37 = t34 - t35
    let t38 = g[2]
    let t39 = g[5]
    let t40 = g[8]
    let t41 = -t38
    let t42 = t38.times(32.0 / 45)
    let t43 = t40.times(8.0 / 45, plus: t42)
    let t44 = t39.times(16.0 / 45)
    let t45 = t43 + t44
    let t46 = t43 - t44
    let t47 = t38.times(-2.0 / 9)
    let t48 = t40.times(-2.0 / 9, plus: t47)
    let t49 = t39.times(-2.0 / 9)
    let t50 = t48 + t49
    let t51 = t48 - t49
    let t52 = t38.times(1.0 / 90)
    let t53 = t40.times(2.0 / 45, plus: t52)
    let t54 = t39.times(1.0 / 45)
    let t55 = t53 + t54
    let t56 = t53 - t54
    let t57 = -t3
    let t58 = t3.times(32.0 / 45)
    let t59 = t41.times(8.0 / 45, plus: t58)
    let t60 = t22.times(16.0 / 45)
    let t61 = t59 + t60
    let t62 = t59 - t60
    let t63 = t3.times(-2.0 / 9)
    let t64 = t41.times(-2.0 / 9, plus: t63)
    let t65 = t22.times(-2.0 / 9)
    let t66 = t64 + t65
    let t67 = t64 - t65
    let t68 = t3.times(1.0 / 90)
    let t69 = t41.times(2.0 / 45, plus: t68)
    let t70 = t22.times(1.0 / 45)
    let t71 = t69 + t70
    let t72 = t69 - t70
    t57.store(u + 0 * step)
    t61.store(u + 1 * step)
    t62.store(u + 2 * step)
    t66.store(u + 3 * step)
    t67.store(u + 4 * step)
    t71.store(u + 5 * step)
    t72.store(u + 6 * step)
    t41.store(u + 7 * step)
    let t73 = -t7
    let t74 = t7.times(32.0 / 45)
    let t75 = t45.times(8.0 / 45, plus: t74)
    let t76 = t26.times(16.0 / 45)
    let t77 = t75 + t76
    let t78 = t75 - t76
    let t79 = t7.times(-2.0 / 9)
    let t80 = t45.times(-2.0 / 9, plus: t79)
    let t81 = t26.times(-2.0 / 9)
    let t82 = t80 + t81
    let t83 = t80 - t81
    let t84 = t7.times(1.0 / 90)
    let t85 = t45.times(2.0 / 45, plus: t84)
    let t86 = t26.times(1.0 / 45)
    let t87 = t85 + t86
    let t88 = t85 - t86
    t73.store(u + 8 * step)
    t77.store(u + 9 * step)
    t78.store(u + 10 * step)
    t82.store(u + 11 * step)
    t83.store(u + 12 * step)
    t87.store(u + 13 * step)
    t88.store(u + 14 * step)
    t45.store(u + 15 * step)
    let t89 = -t8
    let t90 = t8.times(32.0 / 45)
    let t91 = t46.times(8.0 / 45, plus: t90)
    let t92 = t27.times(16.0 / 45)
    let t93 = t91 + t92
    let t94 = t91 - t92
    let t95 = t8.times(-2.0 / 9)
    let t96 = t46.times(-2.0 / 9, plus: t95)
    let t97 = t27.times(-2.0 / 9)
    let t98 = t96 + t97
    let t99 = t96 - t97
    let t100 = t8.times(1.0 / 90)
    let t101 = t46.times(2.0 / 45, plus: t100)
    let t102 = t27.times(1.0 / 45)
    let t103 = t101 + t102
    let t104 = t101 - t102
    t89.store(u + 16 * step)
    t93.store(u + 17 * step)
    t94.store(u + 18 * step)
    t98.store(u + 19 * step)
    t99.store(u + 20 * step)
    t103.store(u + 21 * step)
    t104.store(u + 22 * step)
    t46.store(u + 23 * step)
    let t105 = -t12
    let t106 = t12.times(32.0 / 45)
    let t107 = t50.times(8.0 / 45, plus: t106)
    let t108 = t31.times(16.0 / 45)
    let t109 = t107 + t108
    let t110 = t107 - t108
    let t111 = t12.times(-2.0 / 9)
    let t112 = t50.times(-2.0 / 9, plus: t111)
    let t113 = t31.times(-2.0 / 9)
    let t114 = t112 + t113
    let t115 = t112 - t113
    let t116 = t12.times(1.0 / 90)
    let t117 = t50.times(2.0 / 45, plus: t116)
    let t118 = t31.times(1.0 / 45)
    let t119 = t117 + t118
    let t120 = t117 - t118
    t105.store(u + 24 * step)
    t109.store(u + 25 * step)
    t110.store(u + 26 * step)
    t114.store(u + 27 * step)
    t115.store(u + 28 * step)
    t119.store(u + 29 * step)
    t120.store(u + 30 * step)
    t50.store(u + 31 * step)
    let t121 = -t13
    let t122 = t13.times(32.0 / 45)
    let t123 = t51.times(8.0 / 45, plus: t122)
    let t124 = t32.times(16.0 / 45)
    let t125 = t123 + t124
    let t126 = t123 - t124
    let t127 = t13.times(-2.0 / 9)
    let t128 = t51.times(-2.0 / 9, plus: t127)
    let t129 = t32.times(-2.0 / 9)
    let t130 = t128 + t129
    let t131 = t128 - t129
    let t132 = t13.times(1.0 / 90)
    let t133 = t51.times(2.0 / 45, plus: t132)
    let t134 = t32.times(1.0 / 45)
    let t135 = t133 + t134
    let t136 = t133 - t134
    t121.store(u + 32 * step)
    t125.store(u + 33 * step)
    t126.store(u + 34 * step)
    t130.store(u + 35 * step)
    t131.store(u + 36 * step)
    t135.store(u + 37 * step)
    t136.store(u + 38 * step)
    t51.store(u + 39 * step)
    let t137 = -t17
    let t138 = t17.times(32.0 / 45)
    let t139 = t55.times(8.0 / 45, plus: t138)
    let t140 = t36.times(16.0 / 45)
    let t141 = t139 + t140
    let t142 = t139 - t140
    let t143 = t17.times(-2.0 / 9)
    let t144 = t55.times(-2.0 / 9, plus: t143)
    let t145 = t36.times(-2.0 / 9)
    let t146 = t144 + t145
    let t147 = t144 - t145
    let t148 = t17.times(1.0 / 90)
    let t149 = t55.times(2.0 / 45, plus: t148)
    let t150 = t36.times(1.0 / 45)
    let t151 = t149 + t150
    let t152 = t149 - t150
    t137.store(u + 40 * step)
    t141.store(u + 41 * step)
    t142.store(u + 42 * step)
    t146.store(u + 43 * step)
    t147.store(u + 44 * step)
    t151.store(u + 45 * step)
    t152.store(u + 46 * step)
    t55.store(u + 47 * step)
    let t153 = -t18
    let t154 = t18.times(32.0 / 45)
    let t155 = t56.times(8.0 / 45, plus: t154)
    let t156 = t37.times(16.0 / 45)
    let t157 = t155 + t156
    let t158 = t155 - t156
    let t159 = t18.times(-2.0 / 9)
    let t160 = t56.times(-2.0 / 9, plus: t159)
    let t161 = t37.times(-2.0 / 9)
    let t162 = t160 + t161
    let t163 = t160 - t161
    let t164 = t18.times(1.0 / 90)
    let t165 = t56.times(2.0 / 45, plus: t164)
    let t166 = t37.times(1.0 / 45)
    let t167 = t165 + t166
    let t168 = t165 - t166
    t153.store(u + 48 * step)
    t157.store(u + 49 * step)
    t158.store(u + 50 * step)
    t162.store(u + 51 * step)
    t163.store(u + 52 * step)
    t167.store(u + 53 * step)
    t168.store(u + 54 * step)
    t56.store(u + 55 * step)
    let t169 = -t2
    let t170 = t2.times(32.0 / 45)
    let t171 = t40.times(8.0 / 45, plus: t170)
    let t172 = t21.times(16.0 / 45)
    let t173 = t171 + t172
    let t174 = t171 - t172
    let t175 = t2.times(-2.0 / 9)
    let t176 = t40.times(-2.0 / 9, plus: t175)
    let t177 = t21.times(-2.0 / 9)
    let t178 = t176 + t177
    let t179 = t176 - t177
    let t180 = t2.times(1.0 / 90)
    let t181 = t40.times(2.0 / 45, plus: t180)
    let t182 = t21.times(1.0 / 45)
    let t183 = t181 + t182
    let t184 = t181 - t182
    t169.store(u + 56 * step)
    t173.store(u + 57 * step)
    t174.store(u + 58 * step)
    t178.store(u + 59 * step)
    t179.store(u + 60 * step)
    t183.store(u + 61 * step)
    t184.store(u + 62 * step)
    t40.store(u + 63 * step)
  }

  /// 2×2 outputs of 3×3 taps, stride 2: u[position] = G g Gᵀ of one window
  @inline(__always)
  static func stridedWeight2<L: Lane>(_: L.Type, _ g: UnsafePointer<L>, into u: Destination, step: Int) {
    let t0 = g[0]
    let t1 = g[3]
    let t2 = g[6]
    let t3 = t2 - t0
    let t4 = g[1]
    let t5 = g[4]
    let t6 = g[7]
    let t7 = t6 - t4
    let t8 = g[2]
    let t9 = g[5]
    let t10 = g[8]
    let t11 = t10 - t8
    let t12 = t8 - t0
    t0.store(u + 0 * step)
    t12.store(u + 1 * step)
    t8.store(u + 2 * step)
    t4.store(u + 3 * step)
    let t13 = t11 - t3
    t3.store(u + 4 * step)
    t13.store(u + 5 * step)
    t11.store(u + 6 * step)
    t7.store(u + 7 * step)
    let t14 = t10 - t2
    t2.store(u + 8 * step)
    t14.store(u + 9 * step)
    t10.store(u + 10 * step)
    t6.store(u + 11 * step)
    let t15 = t9 - t1
    t1.store(u + 12 * step)
    t15.store(u + 13 * step)
    t9.store(u + 14 * step)
    t5.store(u + 15 * step)
  }

  /// 3×3 outputs of 3×3 taps, stride 2: u[position] = G g Gᵀ of one window
  @inline(__always)
  static func stridedWeight3<L: Lane>(_: L.Type, _ g: UnsafePointer<L>, into u: Destination, step: Int) {
    let t0 = g[0]
    let t1 = g[3]
    let t2 = g[6]
    let t3 = -t0
    let t4 = t0.times(0.5)
    let t5 = t2.times(0.5)
    let t6 = t4 + t5
    let t7 = t4 - t5
    let t8 = g[1]
    let t9 = g[4]
    let t10 = g[7]
    let t11 = -t8
    let t12 = t8.times(0.5)
    let t13 = t10.times(0.5)
    let t14 = t12 + t13
    let t15 = t12 - t13
    let t16 = g[2]
    let t17 = g[5]
    let t18 = g[8]
    let t19 = -t16
    let t20 = t16.times(0.5)
    let t21 = t18.times(0.5)
    let t22 = t20 + t21
    let t23 = t20 - t21
    let t24 = -t3
    let t25 = t3.times(0.5)
    let t26 = t19.times(0.5)
    let t27 = t25 + t26
    let t28 = t25 - t26
    t24.store(u + 0 * step)
    t27.store(u + 1 * step)
    t28.store(u + 2 * step)
    t19.store(u + 3 * step)
    t11.store(u + 4 * step)
    let t29 = -t6
    let t30 = t6.times(0.5)
    let t31 = t22.times(0.5)
    let t32 = t30 + t31
    let t33 = t30 - t31
    t29.store(u + 5 * step)
    t32.store(u + 6 * step)
    t33.store(u + 7 * step)
    t22.store(u + 8 * step)
    t14.store(u + 9 * step)
    let t34 = -t7
    let t35 = t7.times(0.5)
    let t36 = t23.times(0.5)
    let t37 = t35 + t36
    let t38 = t35 - t36
    t34.store(u + 10 * step)
    t37.store(u + 11 * step)
    t38.store(u + 12 * step)
    t23.store(u + 13 * step)
    t15.store(u + 14 * step)
    let t39 = -t2
    let t40 = t2.times(0.5)
    let t41 = t18.times(0.5)
    let t42 = t40 + t41
    let t43 = t40 - t41
    t39.store(u + 15 * step)
    t42.store(u + 16 * step)
    t43.store(u + 17 * step)
    t18.store(u + 18 * step)
    t10.store(u + 19 * step)
    let t44 = -t1
    let t45 = t1.times(0.5)
    let t46 = t17.times(0.5)
    let t47 = t45 + t46
    let t48 = t45 - t46
    t44.store(u + 20 * step)
    t47.store(u + 21 * step)
    t48.store(u + 22 * step)
    t17.store(u + 23 * step)
    t9.store(u + 24 * step)
  }

  /// 4×4 outputs of 3×3 taps, stride 2: u[position] = G g Gᵀ of one window
  @inline(__always)
  static func stridedWeight4<L: Lane>(_: L.Type, _ g: UnsafePointer<L>, into u: Destination, step: Int) {
    let t0 = g[0]
    let t1 = g[3]
    let t2 = g[6]
    let t3 = t2.times(-0.25)
    let t4 = t0.times(-0.5)
    let t5 = t3 + t4
    let t6 = t3 - t4
    let t7 = t2.times(0.25)
    let t8 = t0.times(1.0 / 6)
    let t9 = t7 + t8
    let t10 = t7 - t8
    let t11 = g[1]
    let t12 = g[4]
    let t13 = g[7]
    let t14 = t13.times(-0.25)
    let t15 = t11.times(-0.5)
    let t16 = t14 + t15
    let t17 = t14 - t15
    let t18 = t13.times(0.25)
    let t19 = t11.times(1.0 / 6)
    let t20 = t18 + t19
    let t21 = t18 - t19
    let t22 = g[2]
    let t23 = g[5]
    let t24 = g[8]
    let t25 = t24.times(-0.25)
    let t26 = t22.times(-0.5)
    let t27 = t25 + t26
    let t28 = t25 - t26
    let t29 = t24.times(0.25)
    let t30 = t22.times(1.0 / 6)
    let t31 = t29 + t30
    let t32 = t29 - t30
    let t33 = t27.times(-0.25)
    let t34 = t5.times(-0.5)
    let t35 = t33 + t34
    let t36 = t33 - t34
    let t37 = t27.times(0.25)
    let t38 = t5.times(1.0 / 6)
    let t39 = t37 + t38
    let t40 = t37 - t38
    t35.store(u + 0 * step)
    t36.store(u + 1 * step)
    t39.store(u + 2 * step)
    t40.store(u + 3 * step)
    t27.store(u + 4 * step)
    t16.store(u + 5 * step)
    let t41 = t28.times(-0.25)
    let t42 = t6.times(-0.5)
    let t43 = t41 + t42
    let t44 = t41 - t42
    let t45 = t28.times(0.25)
    let t46 = t6.times(1.0 / 6)
    let t47 = t45 + t46
    let t48 = t45 - t46
    t43.store(u + 6 * step)
    t44.store(u + 7 * step)
    t47.store(u + 8 * step)
    t48.store(u + 9 * step)
    t28.store(u + 10 * step)
    t17.store(u + 11 * step)
    let t49 = t31.times(-0.25)
    let t50 = t9.times(-0.5)
    let t51 = t49 + t50
    let t52 = t49 - t50
    let t53 = t31.times(0.25)
    let t54 = t9.times(1.0 / 6)
    let t55 = t53 + t54
    let t56 = t53 - t54
    t51.store(u + 12 * step)
    t52.store(u + 13 * step)
    t55.store(u + 14 * step)
    t56.store(u + 15 * step)
    t31.store(u + 16 * step)
    t20.store(u + 17 * step)
    let t57 = t32.times(-0.25)
    let t58 = t10.times(-0.5)
    let t59 = t57 + t58
    let t60 = t57 - t58
    let t61 = t32.times(0.25)
    let t62 = t10.times(1.0 / 6)
    let t63 = t61 + t62
    let t64 = t61 - t62
    t59.store(u + 18 * step)
    t60.store(u + 19 * step)
    t63.store(u + 20 * step)
    t64.store(u + 21 * step)
    t32.store(u + 22 * step)
    t21.store(u + 23 * step)
    let t65 = t24.times(-0.25)
    let t66 = t2.times(-0.5)
    let t67 = t65 + t66
    let t68 = t65 - t66
    let t69 = t24.times(0.25)
    let t70 = t2.times(1.0 / 6)
    let t71 = t69 + t70
    let t72 = t69 - t70
    t67.store(u + 24 * step)
    t68.store(u + 25 * step)
    t71.store(u + 26 * step)
    t72.store(u + 27 * step)
    t24.store(u + 28 * step)
    t13.store(u + 29 * step)
    let t73 = t23.times(-0.25)
    let t74 = t1.times(-0.5)
    let t75 = t73 + t74
    let t76 = t73 - t74
    let t77 = t23.times(0.25)
    let t78 = t1.times(1.0 / 6)
    let t79 = t77 + t78
    let t80 = t77 - t78
    t75.store(u + 30 * step)
    t76.store(u + 31 * step)
    t79.store(u + 32 * step)
    t80.store(u + 33 * step)
    t23.store(u + 34 * step)
    t12.store(u + 35 * step)
  }

  /// 4×4 outputs of 4×4 taps: u[position] = G g Gᵀ of one window
  @inline(__always)
  static func fourTapWeight4<L: Lane>(_: L.Type, _ g: UnsafePointer<L>, into u: Destination, step: Int) {
    let t0 = g[0]
    let t1 = g[4]
    let t2 = g[8]
    let t3 = g[12]
    let t4 = t1.times(2048.0 / 12825)
    let t5 = t3.times(128.0 / 12825, plus: t4)
    let t6 = t0.times(8192.0 / 12825)
    let t7 = t2.times(512.0 / 12825, plus: t6)
    let t8 = t5 + t7
    let t9 = t5 - t7
    let t10 = t1.times(-128.0 / 675)
    let t11 = t3.times(-98.0 / 675, plus: t10)
    let t12 = t0.times(-1024.0 / 4725)
    let t13 = t2.times(-112.0 / 675, plus: t12)
    let t14 = t11 + t13
    let t15 = t11 - t13
    let t16 = t1.times(128.0 / 4275)
    let t17 = t3.times(578.0 / 4275, plus: t16)
    let t18 = t0.times(1024.0 / 72675)
    let t19 = t2.times(272.0 / 4275, plus: t18)
    let t20 = t17 + t19
    let t21 = t17 - t19
    let t22 = g[1]
    let t23 = g[5]
    let t24 = g[9]
    let t25 = g[13]
    let t26 = t23.times(2048.0 / 12825)
    let t27 = t25.times(128.0 / 12825, plus: t26)
    let t28 = t22.times(8192.0 / 12825)
    let t29 = t24.times(512.0 / 12825, plus: t28)
    let t30 = t27 + t29
    let t31 = t27 - t29
    let t32 = t23.times(-128.0 / 675)
    let t33 = t25.times(-98.0 / 675, plus: t32)
    let t34 = t22.times(-1024.0 / 4725)
    let t35 = t24.times(-112.0 / 675, plus: t34)
    let t36 = t33 + t35
    let t37 = t33 - t35
    let t38 = t23.times(128.0 / 4275)
    let t39 = t25.times(578.0 / 4275, plus: t38)
    let t40 = t22.times(1024.0 / 72675)
    let t41 = t24.times(272.0 / 4275, plus: t40)
    let t42 = t39 + t41
    let t43 = t39 - t41
    let t44 = g[2]
    let t45 = g[6]
    let t46 = g[10]
    let t47 = g[14]
    let t48 = t45.times(2048.0 / 12825)
    let t49 = t47.times(128.0 / 12825, plus: t48)
    let t50 = t44.times(8192.0 / 12825)
    let t51 = t46.times(512.0 / 12825, plus: t50)
    let t52 = t49 + t51
    let t53 = t49 - t51
    let t54 = t45.times(-128.0 / 675)
    let t55 = t47.times(-98.0 / 675, plus: t54)
    let t56 = t44.times(-1024.0 / 4725)
    let t57 = t46.times(-112.0 / 675, plus: t56)
    let t58 = t55 + t57
    let t59 = t55 - t57
    let t60 = t45.times(128.0 / 4275)
    let t61 = t47.times(578.0 / 4275, plus: t60)
    let t62 = t44.times(1024.0 / 72675)
    let t63 = t46.times(272.0 / 4275, plus: t62)
    let t64 = t61 + t63
    let t65 = t61 - t63
    let t66 = g[3]
    let t67 = g[7]
    let t68 = g[11]
    let t69 = g[15]
    let t70 = t67.times(2048.0 / 12825)
    let t71 = t69.times(128.0 / 12825, plus: t70)
    let t72 = t66.times(8192.0 / 12825)
    let t73 = t68.times(512.0 / 12825, plus: t72)
    let t74 = t71 + t73
    let t75 = t71 - t73
    let t76 = t67.times(-128.0 / 675)
    let t77 = t69.times(-98.0 / 675, plus: t76)
    let t78 = t66.times(-1024.0 / 4725)
    let t79 = t68.times(-112.0 / 675, plus: t78)
    let t80 = t77 + t79
    let t81 = t77 - t79
    let t82 = t67.times(128.0 / 4275)
    let t83 = t69.times(578.0 / 4275, plus: t82)
    let t84 = t66.times(1024.0 / 72675)
    let t85 = t68.times(272.0 / 4275, plus: t84)
    let t86 = t83 + t85
    let t87 = t83 - t85
    let t88 = t30.times(2048.0 / 12825)
    let t89 = t74.times(128.0 / 12825, plus: t88)
    let t90 = t8.times(8192.0 / 12825)
    let t91 = t52.times(512.0 / 12825, plus: t90)
    let t92 = t89 + t91
    let t93 = t89 - t91
    let t94 = t30.times(-128.0 / 675)
    let t95 = t74.times(-98.0 / 675, plus: t94)
    let t96 = t8.times(-1024.0 / 4725)
    let t97 = t52.times(-112.0 / 675, plus: t96)
    let t98 = t95 + t97
    let t99 = t95 - t97
    let t100 = t30.times(128.0 / 4275)
    let t101 = t74.times(578.0 / 4275, plus: t100)
    let t102 = t8.times(1024.0 / 72675)
    let t103 = t52.times(272.0 / 4275, plus: t102)
    let t104 = t101 + t103
    let t105 = t101 - t103
    t92.store(u + 0 * step)
    t93.store(u + 1 * step)
    t98.store(u + 2 * step)
    t99.store(u + 3 * step)
    t104.store(u + 4 * step)
    t105.store(u + 5 * step)
    t74.store(u + 6 * step)
    let t106 = t31.times(2048.0 / 12825)
    let t107 = t75.times(128.0 / 12825, plus: t106)
    let t108 = t9.times(8192.0 / 12825)
    let t109 = t53.times(512.0 / 12825, plus: t108)
    let t110 = t107 + t109
    let t111 = t107 - t109
    let t112 = t31.times(-128.0 / 675)
    let t113 = t75.times(-98.0 / 675, plus: t112)
    let t114 = t9.times(-1024.0 / 4725)
    let t115 = t53.times(-112.0 / 675, plus: t114)
    let t116 = t113 + t115
    let t117 = t113 - t115
    let t118 = t31.times(128.0 / 4275)
    let t119 = t75.times(578.0 / 4275, plus: t118)
    let t120 = t9.times(1024.0 / 72675)
    let t121 = t53.times(272.0 / 4275, plus: t120)
    let t122 = t119 + t121
    let t123 = t119 - t121
    t110.store(u + 7 * step)
    t111.store(u + 8 * step)
    t116.store(u + 9 * step)
    t117.store(u + 10 * step)
    t122.store(u + 11 * step)
    t123.store(u + 12 * step)
    t75.store(u + 13 * step)
    let t124 = t36.times(2048.0 / 12825)
    let t125 = t80.times(128.0 / 12825, plus: t124)
    let t126 = t14.times(8192.0 / 12825)
    let t127 = t58.times(512.0 / 12825, plus: t126)
    let t128 = t125 + t127
    let t129 = t125 - t127
    let t130 = t36.times(-128.0 / 675)
    let t131 = t80.times(-98.0 / 675, plus: t130)
    let t132 = t14.times(-1024.0 / 4725)
    let t133 = t58.times(-112.0 / 675, plus: t132)
    let t134 = t131 + t133
    let t135 = t131 - t133
    let t136 = t36.times(128.0 / 4275)
    let t137 = t80.times(578.0 / 4275, plus: t136)
    let t138 = t14.times(1024.0 / 72675)
    let t139 = t58.times(272.0 / 4275, plus: t138)
    let t140 = t137 + t139
    let t141 = t137 - t139
    t128.store(u + 14 * step)
    t129.store(u + 15 * step)
    t134.store(u + 16 * step)
    t135.store(u + 17 * step)
    t140.store(u + 18 * step)
    t141.store(u + 19 * step)
    t80.store(u + 20 * step)
    let t142 = t37.times(2048.0 / 12825)
    let t143 = t81.times(128.0 / 12825, plus: t142)
    let t144 = t15.times(8192.0 / 12825)
    let t145 = t59.times(512.0 / 12825, plus: t144)
    let t146 = t143 + t145
    let t147 = t143 - t145
    let t148 = t37.times(-128.0 / 675)
    let t149 = t81.times(-98.0 / 675, plus: t148)
    let t150 = t15.times(-1024.0 / 4725)
    let t151 = t59.times(-112.0 / 675, plus: t150)
    let t152 = t149 + t151
    let t153 = t149 - t151
    let t154 = t37.times(128.0 / 4275)
    let t155 = t81.times(578.0 / 4275, plus: t154)
    let t156 = t15.times(1024.0 / 72675)
    let t157 = t59.times(272.0 / 4275, plus: t156)
    let t158 = t155 + t157
    let t159 = t155 - t157
    t146.store(u + 21 * step)
    t147.store(u + 22 * step)
    t152.store(u + 23 * step)
    t153.store(u + 24 * step)
    t158.store(u + 25 * step)
    t159.store(u + 26 * step)
    t81.store(u + 27 * step)
    let t160 = t42.times(2048.0 / 12825)
    let t161 = t86.times(128.0 / 12825, plus: t160)
    let t162 = t20.times(8192.0 / 12825)
    let t163 = t64.times(512.0 / 12825, plus: t162)
    let t164 = t161 + t163
    let t165 = t161 - t163
    let t166 = t42.times(-128.0 / 675)
    let t167 = t86.times(-98.0 / 675, plus: t166)
    let t168 = t20.times(-1024.0 / 4725)
    let t169 = t64.times(-112.0 / 675, plus: t168)
    let t170 = t167 + t169
    let t171 = t167 - t169
    let t172 = t42.times(128.0 / 4275)
    let t173 = t86.times(578.0 / 4275, plus: t172)
    let t174 = t20.times(1024.0 / 72675)
    let t175 = t64.times(272.0 / 4275, plus: t174)
    let t176 = t173 + t175
    let t177 = t173 - t175
    t164.store(u + 28 * step)
    t165.store(u + 29 * step)
    t170.store(u + 30 * step)
    t171.store(u + 31 * step)
    t176.store(u + 32 * step)
    t177.store(u + 33 * step)
    t86.store(u + 34 * step)
    let t178 = t43.times(2048.0 / 12825)
    let t179 = t87.times(128.0 / 12825, plus: t178)
    let t180 = t21.times(8192.0 / 12825)
    let t181 = t65.times(512.0 / 12825, plus: t180)
    let t182 = t179 + t181
    let t183 = t179 - t181
    let t184 = t43.times(-128.0 / 675)
    let t185 = t87.times(-98.0 / 675, plus: t184)
    let t186 = t21.times(-1024.0 / 4725)
    let t187 = t65.times(-112.0 / 675, plus: t186)
    let t188 = t185 + t187
    let t189 = t185 - t187
    let t190 = t43.times(128.0 / 4275)
    let t191 = t87.times(578.0 / 4275, plus: t190)
    let t192 = t21.times(1024.0 / 72675)
    let t193 = t65.times(272.0 / 4275, plus: t192)
    let t194 = t191 + t193
    let t195 = t191 - t193
    t182.store(u + 35 * step)
    t183.store(u + 36 * step)
    t188.store(u + 37 * step)
    t189.store(u + 38 * step)
    t194.store(u + 39 * step)
    t195.store(u + 40 * step)
    t87.store(u + 41 * step)
    let t196 = t25.times(2048.0 / 12825)
    let t197 = t69.times(128.0 / 12825, plus: t196)
    let t198 = t3.times(8192.0 / 12825)
    let t199 = t47.times(512.0 / 12825, plus: t198)
    let t200 = t197 + t199
    let t201 = t197 - t199
    let t202 = t25.times(-128.0 / 675)
    let t203 = t69.times(-98.0 / 675, plus: t202)
    let t204 = t3.times(-1024.0 / 4725)
    let t205 = t47.times(-112.0 / 675, plus: t204)
    let t206 = t203 + t205
    let t207 = t203 - t205
    let t208 = t25.times(128.0 / 4275)
    let t209 = t69.times(578.0 / 4275, plus: t208)
    let t210 = t3.times(1024.0 / 72675)
    let t211 = t47.times(272.0 / 4275, plus: t210)
    let t212 = t209 + t211
    let t213 = t209 - t211
    t200.store(u + 42 * step)
    t201.store(u + 43 * step)
    t206.store(u + 44 * step)
    t207.store(u + 45 * step)
    t212.store(u + 46 * step)
    t213.store(u + 47 * step)
    t69.store(u + 48 * step)
  }

  /// 1×1 outputs of 3×3 taps within a border of zeros: u[position] = G g Gᵀ of one window
  @inline(__always)
  static func borderedWeight1<L: Lane>(_: L.Type, _ g: UnsafePointer<L>, into u: Destination, step: Int) {
    let t4 = g[4]
    t4.store(u + 0 * step)
  }

  /// 2×2 outputs of 3×3 taps within a border of zeros: u[position] = G g Gᵀ of one window
  @inline(__always)
  static func borderedWeight2<L: Lane>(_: L.Type, _ g: UnsafePointer<L>, into u: Destination, step: Int) {
    let t0 = g[0]
    let t1 = g[3]
    let t2 = g[6]
    let t3 = t0 + t1
    let t4 = t1 + t2
    let t5 = g[1]
    let t6 = g[4]
    let t7 = g[7]
    let t8 = t5 + t6
    let t9 = t6 + t7
    let t10 = g[2]
    let t11 = g[5]
    let t12 = g[8]
    let t13 = t10 + t11
    let t14 = t11 + t12
    let t15 = t3 + t8
    let t16 = t8 + t13
    t15.store(u + 0 * step)
    t8.store(u + 1 * step)
    t16.store(u + 2 * step)
    let t17 = t1 + t6
    let t18 = t6 + t11
    t17.store(u + 3 * step)
    t6.store(u + 4 * step)
    t18.store(u + 5 * step)
    let t19 = t4 + t9
    let t20 = t9 + t14
    t19.store(u + 6 * step)
    t9.store(u + 7 * step)
    t20.store(u + 8 * step)
  }

  /// 3×3 outputs of 3×3 taps within a border of zeros: u[position] = G g Gᵀ of one window
  @inline(__always)
  static func borderedWeight3<L: Lane>(_: L.Type, _ g: UnsafePointer<L>, into u: Destination, step: Int) {
    let t0 = g[0]
    let t1 = g[3]
    let t2 = g[6]
    let t3 = t1.times(0.25)
    let t4 = t0.times(1.0 / 6)
    let t5 = t2.times(1.0 / 6, plus: t4)
    let t6 = t3 + t5
    let t7 = t3 - t5
    let t8 = t1.times(-0.25)
    let t9 = t0.times(0.5)
    let t10 = t2.times(-0.5, plus: t9)
    let t11 = t8 + t10
    let t12 = t8 - t10
    let t13 = g[1]
    let t14 = g[4]
    let t15 = g[7]
    let t16 = t14.times(0.25)
    let t17 = t13.times(1.0 / 6)
    let t18 = t15.times(1.0 / 6, plus: t17)
    let t19 = t16 + t18
    let t20 = t16 - t18
    let t21 = t14.times(-0.25)
    let t22 = t13.times(0.5)
    let t23 = t15.times(-0.5, plus: t22)
    let t24 = t21 + t23
    let t25 = t21 - t23
    let t26 = g[2]
    let t27 = g[5]
    let t28 = g[8]
    let t29 = t27.times(0.25)
    let t30 = t26.times(1.0 / 6)
    let t31 = t28.times(1.0 / 6, plus: t30)
    let t32 = t29 + t31
    let t33 = t29 - t31
    let t34 = t27.times(-0.25)
    let t35 = t26.times(0.5)
    let t36 = t28.times(-0.5, plus: t35)
    let t37 = t34 + t36
    let t38 = t34 - t36
    let t39 = t19.times(0.25)
    let t40 = t6.times(1.0 / 6)
    let t41 = t32.times(1.0 / 6, plus: t40)
    let t42 = t39 + t41
    let t43 = t39 - t41
    let t44 = t19.times(-0.25)
    let t45 = t6.times(0.5)
    let t46 = t32.times(-0.5, plus: t45)
    let t47 = t44 + t46
    let t48 = t44 - t46
    t42.store(u + 0 * step)
    t43.store(u + 1 * step)
    t47.store(u + 2 * step)
    t48.store(u + 3 * step)
    let t49 = t20.times(0.25)
    let t50 = t7.times(1.0 / 6)
    let t51 = t33.times(1.0 / 6, plus: t50)
    let t52 = t49 + t51
    let t53 = t49 - t51
    let t54 = t20.times(-0.25)
    let t55 = t7.times(0.5)
    let t56 = t33.times(-0.5, plus: t55)
    let t57 = t54 + t56
    let t58 = t54 - t56
    t52.store(u + 4 * step)
    t53.store(u + 5 * step)
    t57.store(u + 6 * step)
    t58.store(u + 7 * step)
    let t59 = t24.times(0.25)
    let t60 = t11.times(1.0 / 6)
    let t61 = t37.times(1.0 / 6, plus: t60)
    let t62 = t59 + t61
    let t63 = t59 - t61
    let t64 = t24.times(-0.25)
    let t65 = t11.times(0.5)
    let t66 = t37.times(-0.5, plus: t65)
    let t67 = t64 + t66
    let t68 = t64 - t66
    t62.store(u + 8 * step)
    t63.store(u + 9 * step)
    t67.store(u + 10 * step)
    t68.store(u + 11 * step)
    let t69 = t25.times(0.25)
    let t70 = t12.times(1.0 / 6)
    let t71 = t38.times(1.0 / 6, plus: t70)
    let t72 = t69 + t71
    let t73 = t69 - t71
    let t74 = t25.times(-0.25)
    let t75 = t12.times(0.5)
    let t76 = t38.times(-0.5, plus: t75)
    let t77 = t74 + t76
    let t78 = t74 - t76
    t72.store(u + 12 * step)
    t73.store(u + 13 * step)
    t77.store(u + 14 * step)
    t78.store(u + 15 * step)
  }

  /// 2×2 outputs of 3×3 taps: g = Gᵀ u G, the adjoint of `weight`
  @inline(__always)
  static func weightAdjoint2<L: Lane>(_: L.Type, _ u: Source, step: Int, into g: UnsafeMutablePointer<L>) {
    let t0 = L.load(u + 0 * step)
    let t1 = L.load(u + 4 * step)
    let t2 = L.load(u + 8 * step)
    let t3 = L.load(u + 12 * step)
    let t4 = t1 + t2
    let t5 = t1 - t2
    let t6 = -t0
    let t7 = t4.times(0.5, plus: t6)
    let t8 = t5.times(0.5)
    let t9 = t4.times(0.5, plus: t3)
    let t10 = L.load(u + 1 * step)
    let t11 = L.load(u + 5 * step)
    let t12 = L.load(u + 9 * step)
    let t13 = L.load(u + 13 * step)
    let t14 = t11 + t12
    let t15 = t11 - t12
    let t16 = -t10
    let t17 = t14.times(0.5, plus: t16)
    let t18 = t15.times(0.5)
    let t19 = t14.times(0.5, plus: t13)
    let t20 = L.load(u + 2 * step)
    let t21 = L.load(u + 6 * step)
    let t22 = L.load(u + 10 * step)
    let t23 = L.load(u + 14 * step)
    let t24 = t21 + t22
    let t25 = t21 - t22
    let t26 = -t20
    let t27 = t24.times(0.5, plus: t26)
    let t28 = t25.times(0.5)
    let t29 = t24.times(0.5, plus: t23)
    let t30 = L.load(u + 3 * step)
    let t31 = L.load(u + 7 * step)
    let t32 = L.load(u + 11 * step)
    let t33 = L.load(u + 15 * step)
    let t34 = t31 + t32
    let t35 = t31 - t32
    let t36 = -t30
    let t37 = t34.times(0.5, plus: t36)
    let t38 = t35.times(0.5)
    let t39 = t34.times(0.5, plus: t33)
    let t40 = t17 + t27
    let t41 = t17 - t27
    let t42 = -t7
    let t43 = t40.times(0.5, plus: t42)
    let t44 = t41.times(0.5)
    let t45 = t40.times(0.5, plus: t37)
    g[0] = t43
    g[1] = t44
    g[2] = t45
    let t46 = t18 + t28
    let t47 = t18 - t28
    let t48 = -t8
    let t49 = t46.times(0.5, plus: t48)
    let t50 = t47.times(0.5)
    let t51 = t46.times(0.5, plus: t38)
    g[3] = t49
    g[4] = t50
    g[5] = t51
    let t52 = t19 + t29
    let t53 = t19 - t29
    let t54 = -t9
    let t55 = t52.times(0.5, plus: t54)
    let t56 = t53.times(0.5)
    let t57 = t52.times(0.5, plus: t39)
    g[6] = t55
    g[7] = t56
    g[8] = t57
  }

  /// 3×3 outputs of 3×3 taps: g = Gᵀ u G, the adjoint of `weight`
  @inline(__always)
  static func weightAdjoint3<L: Lane>(_: L.Type, _ u: Source, step: Int, into g: UnsafeMutablePointer<L>) {
    let t0 = L.load(u + 0 * step)
    let t1 = L.load(u + 5 * step)
    let t2 = L.load(u + 10 * step)
    let t3 = L.load(u + 15 * step)
    let t4 = L.load(u + 20 * step)
    let t5 = t0 + t1
    let t6 = t0 - t1
    let t7 = t2 + t3
    let t8 = t2 - t3
    let t9 = t8.times(1.0 / 6)
    let t10 = t6.times(-0.5, plus: t9)
    let t11 = t7.times(0.25)
    let t12 = t5.times(-0.25, plus: t11)
    let t13 = t8.times(0.375, plus: t4)
    let t14 = t6.times(-0.125, plus: t13)
    let t15 = L.load(u + 1 * step)
    let t16 = L.load(u + 6 * step)
    let t17 = L.load(u + 11 * step)
    let t18 = L.load(u + 16 * step)
    let t19 = L.load(u + 21 * step)
    let t20 = t15 + t16
    let t21 = t15 - t16
    let t22 = t17 + t18
    let t23 = t17 - t18
    let t24 = t23.times(1.0 / 6)
    let t25 = t21.times(-0.5, plus: t24)
    let t26 = t22.times(0.25)
    let t27 = t20.times(-0.25, plus: t26)
    let t28 = t23.times(0.375, plus: t19)
    let t29 = t21.times(-0.125, plus: t28)
    let t30 = L.load(u + 2 * step)
    let t31 = L.load(u + 7 * step)
    let t32 = L.load(u + 12 * step)
    let t33 = L.load(u + 17 * step)
    let t34 = L.load(u + 22 * step)
    let t35 = t30 + t31
    let t36 = t30 - t31
    let t37 = t32 + t33
    let t38 = t32 - t33
    let t39 = t38.times(1.0 / 6)
    let t40 = t36.times(-0.5, plus: t39)
    let t41 = t37.times(0.25)
    let t42 = t35.times(-0.25, plus: t41)
    let t43 = t38.times(0.375, plus: t34)
    let t44 = t36.times(-0.125, plus: t43)
    let t45 = L.load(u + 3 * step)
    let t46 = L.load(u + 8 * step)
    let t47 = L.load(u + 13 * step)
    let t48 = L.load(u + 18 * step)
    let t49 = L.load(u + 23 * step)
    let t50 = t45 + t46
    let t51 = t45 - t46
    let t52 = t47 + t48
    let t53 = t47 - t48
    let t54 = t53.times(1.0 / 6)
    let t55 = t51.times(-0.5, plus: t54)
    let t56 = t52.times(0.25)
    let t57 = t50.times(-0.25, plus: t56)
    let t58 = t53.times(0.375, plus: t49)
    let t59 = t51.times(-0.125, plus: t58)
    let t60 = L.load(u + 4 * step)
    let t61 = L.load(u + 9 * step)
    let t62 = L.load(u + 14 * step)
    let t63 = L.load(u + 19 * step)
    let t64 = L.load(u + 24 * step)
    let t65 = t60 + t61
    let t66 = t60 - t61
    let t67 = t62 + t63
    let t68 = t62 - t63
    let t69 = t68.times(1.0 / 6)
    let t70 = t66.times(-0.5, plus: t69)
    let t71 = t67.times(0.25)
    let t72 = t65.times(-0.25, plus: t71)
    let t73 = t68.times(0.375, plus: t64)
    let t74 = t66.times(-0.125, plus: t73)
    let t75 = t10 + t25
    let t76 = t10 - t25
    let t77 = t40 + t55
    let t78 = t40 - t55
    let t79 = t78.times(1.0 / 6)
    let t80 = t76.times(-0.5, plus: t79)
    let t81 = t77.times(0.25)
    let t82 = t75.times(-0.25, plus: t81)
    let t83 = t78.times(0.375, plus: t70)
    let t84 = t76.times(-0.125, plus: t83)
    g[0] = t80
    g[1] = t82
    g[2] = t84
    let t85 = t12 + t27
    let t86 = t12 - t27
    let t87 = t42 + t57
    let t88 = t42 - t57
    let t89 = t88.times(1.0 / 6)
    let t90 = t86.times(-0.5, plus: t89)
    let t91 = t87.times(0.25)
    let t92 = t85.times(-0.25, plus: t91)
    let t93 = t88.times(0.375, plus: t72)
    let t94 = t86.times(-0.125, plus: t93)
    g[3] = t90
    g[4] = t92
    g[5] = t94
    let t95 = t14 + t29
    let t96 = t14 - t29
    let t97 = t44 + t59
    let t98 = t44 - t59
    let t99 = t98.times(1.0 / 6)
    let t100 = t96.times(-0.5, plus: t99)
    let t101 = t97.times(0.25)
    let t102 = t95.times(-0.25, plus: t101)
    let t103 = t98.times(0.375, plus: t74)
    let t104 = t96.times(-0.125, plus: t103)
    g[6] = t100
    g[7] = t102
    g[8] = t104
  }

  /// 4×4 outputs of 3×3 taps: g = Gᵀ u G, the adjoint of `weight`
  @inline(__always)
  static func weightAdjoint4<L: Lane>(_: L.Type, _ u: Source, step: Int, into g: UnsafeMutablePointer<L>) {
    let t0 = L.load(u + 0 * step)
    let t1 = L.load(u + 6 * step)
    let t2 = L.load(u + 12 * step)
    let t3 = L.load(u + 18 * step)
    let t4 = L.load(u + 24 * step)
    let t5 = L.load(u + 30 * step)
    let t6 = t1 + t2
    let t7 = t1 - t2
    let t8 = t3 + t4
    let t9 = t3 - t4
    let t10 = t0.times(16384.0 / 14641)
    let t11 = t8.times(8192.0 / 43923, plus: t10)
    let t12 = t6.times(-32768.0 / 43923, plus: t11)
    let t13 = t9.times(1024.0 / 3993)
    let t14 = t7.times(-2048.0 / 3993, plus: t13)
    let t15 = t8.times(128.0 / 363, plus: t5)
    let t16 = t6.times(-128.0 / 363, plus: t15)
    let t17 = L.load(u + 1 * step)
    let t18 = L.load(u + 7 * step)
    let t19 = L.load(u + 13 * step)
    let t20 = L.load(u + 19 * step)
    let t21 = L.load(u + 25 * step)
    let t22 = L.load(u + 31 * step)
    let t23 = t18 + t19
    let t24 = t18 - t19
    let t25 = t20 + t21
    let t26 = t20 - t21
    let t27 = t17.times(16384.0 / 14641)
    let t28 = t25.times(8192.0 / 43923, plus: t27)
    let t29 = t23.times(-32768.0 / 43923, plus: t28)
    let t30 = t26.times(1024.0 / 3993)
    let t31 = t24.times(-2048.0 / 3993, plus: t30)
    let t32 = t25.times(128.0 / 363, plus: t22)
    let t33 = t23.times(-128.0 / 363, plus: t32)
    let t34 = L.load(u + 2 * step)
    let t35 = L.load(u + 8 * step)
    let t36 = L.load(u + 14 * step)
    let t37 = L.load(u + 20 * step)
    let t38 = L.load(u + 26 * step)
    let t39 = L.load(u + 32 * step)
    let t40 = t35 + t36
    let t41 = t35 - t36
    let t42 = t37 + t38
    let t43 = t37 - t38
    let t44 = t34.times(16384.0 / 14641)
    let t45 = t42.times(8192.0 / 43923, plus: t44)
    let t46 = t40.times(-32768.0 / 43923, plus: t45)
    let t47 = t43.times(1024.0 / 3993)
    let t48 = t41.times(-2048.0 / 3993, plus: t47)
    let t49 = t42.times(128.0 / 363, plus: t39)
    let t50 = t40.times(-128.0 / 363, plus: t49)
    let t51 = L.load(u + 3 * step)
    let t52 = L.load(u + 9 * step)
    let t53 = L.load(u + 15 * step)
    let t54 = L.load(u + 21 * step)
    let t55 = L.load(u + 27 * step)
    let t56 = L.load(u + 33 * step)
    let t57 = t52 + t53
    let t58 = t52 - t53
    let t59 = t54 + t55
    let t60 = t54 - t55
    let t61 = t51.times(16384.0 / 14641)
    let t62 = t59.times(8192.0 / 43923, plus: t61)
    let t63 = t57.times(-32768.0 / 43923, plus: t62)
    let t64 = t60.times(1024.0 / 3993)
    let t65 = t58.times(-2048.0 / 3993, plus: t64)
    let t66 = t59.times(128.0 / 363, plus: t56)
    let t67 = t57.times(-128.0 / 363, plus: t66)
    let t68 = L.load(u + 4 * step)
    let t69 = L.load(u + 10 * step)
    let t70 = L.load(u + 16 * step)
    let t71 = L.load(u + 22 * step)
    let t72 = L.load(u + 28 * step)
    let t73 = L.load(u + 34 * step)
    let t74 = t69 + t70
    let t75 = t69 - t70
    let t76 = t71 + t72
    let t77 = t71 - t72
    let t78 = t68.times(16384.0 / 14641)
    let t79 = t76.times(8192.0 / 43923, plus: t78)
    let t80 = t74.times(-32768.0 / 43923, plus: t79)
    let t81 = t77.times(1024.0 / 3993)
    let t82 = t75.times(-2048.0 / 3993, plus: t81)
    let t83 = t76.times(128.0 / 363, plus: t73)
    let t84 = t74.times(-128.0 / 363, plus: t83)
    let t85 = L.load(u + 5 * step)
    let t86 = L.load(u + 11 * step)
    let t87 = L.load(u + 17 * step)
    let t88 = L.load(u + 23 * step)
    let t89 = L.load(u + 29 * step)
    let t90 = L.load(u + 35 * step)
    let t91 = t86 + t87
    let t92 = t86 - t87
    let t93 = t88 + t89
    let t94 = t88 - t89
    let t95 = t85.times(16384.0 / 14641)
    let t96 = t93.times(8192.0 / 43923, plus: t95)
    let t97 = t91.times(-32768.0 / 43923, plus: t96)
    let t98 = t94.times(1024.0 / 3993)
    let t99 = t92.times(-2048.0 / 3993, plus: t98)
    let t100 = t93.times(128.0 / 363, plus: t90)
    let t101 = t91.times(-128.0 / 363, plus: t100)
    let t102 = t29 + t46
    let t103 = t29 - t46
    let t104 = t63 + t80
    let t105 = t63 - t80
    let t106 = t12.times(16384.0 / 14641)
    let t107 = t104.times(8192.0 / 43923, plus: t106)
    let t108 = t102.times(-32768.0 / 43923, plus: t107)
    let t109 = t105.times(1024.0 / 3993)
    let t110 = t103.times(-2048.0 / 3993, plus: t109)
    let t111 = t104.times(128.0 / 363, plus: t97)
    let t112 = t102.times(-128.0 / 363, plus: t111)
    g[0] = t108
    g[1] = t110
    g[2] = t112
    let t113 = t31 + t48
    let t114 = t31 - t48
    let t115 = t65 + t82
    let t116 = t65 - t82
    let t117 = t14.times(16384.0 / 14641)
    let t118 = t115.times(8192.0 / 43923, plus: t117)
    let t119 = t113.times(-32768.0 / 43923, plus: t118)
    let t120 = t116.times(1024.0 / 3993)
    let t121 = t114.times(-2048.0 / 3993, plus: t120)
    let t122 = t115.times(128.0 / 363, plus: t99)
    let t123 = t113.times(-128.0 / 363, plus: t122)
    g[3] = t119
    g[4] = t121
    g[5] = t123
    let t124 = t33 + t50
    let t125 = t33 - t50
    let t126 = t67 + t84
    let t127 = t67 - t84
    let t128 = t16.times(16384.0 / 14641)
    let t129 = t126.times(8192.0 / 43923, plus: t128)
    let t130 = t124.times(-32768.0 / 43923, plus: t129)
    let t131 = t127.times(1024.0 / 3993)
    let t132 = t125.times(-2048.0 / 3993, plus: t131)
    let t133 = t126.times(128.0 / 363, plus: t101)
    let t134 = t124.times(-128.0 / 363, plus: t133)
    g[6] = t130
    g[7] = t132
    g[8] = t134
  }

  /// 6×6 outputs of 3×3 taps: g = Gᵀ u G, the adjoint of `weight`
  @inline(__always)
  static func weightAdjoint6<L: Lane>(_: L.Type, _ u: Source, step: Int, into g: UnsafeMutablePointer<L>) {
    let t0 = L.load(u + 0 * step)
    let t1 = L.load(u + 8 * step)
    let t2 = L.load(u + 16 * step)
    let t3 = L.load(u + 24 * step)
    let t4 = L.load(u + 32 * step)
    let t5 = L.load(u + 40 * step)
    let t6 = L.load(u + 48 * step)
    let t7 = L.load(u + 56 * step)
    let t8 = t1 + t2
    let t9 = t1 - t2
    let t10 = t3 + t4
    let t11 = t3 - t4
    let t12 = t5 + t6
    let t13 = t5 - t6
    let t14 = -t0
    let t15 = t8.times(32.0 / 45, plus: t14)
    let t16 = t12.times(1.0 / 90, plus: t15)
    let t17 = t10.times(-2.0 / 9, plus: t16)
    let t18 = t9.times(16.0 / 45)
    let t19 = t13.times(1.0 / 45, plus: t18)
    let t20 = t11.times(-2.0 / 9, plus: t19)
    let t21 = t8.times(8.0 / 45, plus: t7)
    let t22 = t12.times(2.0 / 45, plus: t21)
    let t23 = t10.times(-2.0 / 9, plus: t22)
    let t24 = L.load(u + 1 * step)
    let t25 = L.load(u + 9 * step)
    let t26 = L.load(u + 17 * step)
    let t27 = L.load(u + 25 * step)
    let t28 = L.load(u + 33 * step)
    let t29 = L.load(u + 41 * step)
    let t30 = L.load(u + 49 * step)
    let t31 = L.load(u + 57 * step)
    let t32 = t25 + t26
    let t33 = t25 - t26
    let t34 = t27 + t28
    let t35 = t27 - t28
    let t36 = t29 + t30
    let t37 = t29 - t30
    let t38 = -t24
    let t39 = t32.times(32.0 / 45, plus: t38)
    let t40 = t36.times(1.0 / 90, plus: t39)
    let t41 = t34.times(-2.0 / 9, plus: t40)
    let t42 = t33.times(16.0 / 45)
    let t43 = t37.times(1.0 / 45, plus: t42)
    let t44 = t35.times(-2.0 / 9, plus: t43)
    let t45 = t32.times(8.0 / 45, plus: t31)
    let t46 = t36.times(2.0 / 45, plus: t45)
    let t47 = t34.times(-2.0 / 9, plus: t46)
    let t48 = L.load(u + 2 * step)
    let t49 = L.load(u + 10 * step)
    let t50 = L.load(u + 18 * step)
    let t51 = L.load(u + 26 * step)
    let t52 = L.load(u + 34 * step)
    let t53 = L.load(u + 42 * step)
    let t54 = L.load(u + 50 * step)
    let t55 = L.load(u + 58 * step)
    let t56 = t49 + t50
    let t57 = t49 - t50
    let t58 = t51 + t52
    let t59 = t51 - t52
    let t60 = t53 + t54
    let t61 = t53 - t54
    let t62 = -t48
    let t63 = t56.times(32.0 / 45, plus: t62)
    let t64 = t60.times(1.0 / 90, plus: t63)
    let t65 = t58.times(-2.0 / 9, plus: t64)
    let t66 = t57.times(16.0 / 45)
    let t67 = t61.times(1.0 / 45, plus: t66)
    let t68 = t59.times(-2.0 / 9, plus: t67)
    let t69 = t56.times(8.0 / 45, plus: t55)
    let t70 = t60.times(2.0 / 45, plus: t69)
    let t71 = t58.times(-2.0 / 9, plus: t70)
    let t72 = L.load(u + 3 * step)
    let t73 = L.load(u + 11 * step)
    let t74 = L.load(u + 19 * step)
    let t75 = L.load(u + 27 * step)
    let t76 = L.load(u + 35 * step)
    let t77 = L.load(u + 43 * step)
    let t78 = L.load(u + 51 * step)
    let t79 = L.load(u + 59 * step)
    let t80 = t73 + t74
    let t81 = t73 - t74
    let t82 = t75 + t76
    let t83 = t75 - t76
    let t84 = t77 + t78
    let t85 = t77 - t78
    let t86 = -t72
    let t87 = t80.times(32.0 / 45, plus: t86)
    let t88 = t84.times(1.0 / 90, plus: t87)
    let t89 = t82.times(-2.0 / 9, plus: t88)
    let t90 = t81.times(16.0 / 45)
    let t91 = t85.times(1.0 / 45, plus: t90)
    let t92 = t83.times(-2.0 / 9, plus: t91)
    let t93 = t80.times(8.0 / 45, plus: t79)
    let t94 = t84.times(2.0 / 45, plus: t93)
    let t95 = t82.times(-2.0 / 9, plus: t94)
    let t96 = L.load(u + 4 * step)
    let t97 = L.load(u + 12 * step)
    let t98 = L.load(u + 20 * step)
    let t99 = L.load(u + 28 * step)
    let t100 = L.load(u + 36 * step)
    let t101 = L.load(u + 44 * step)
    let t102 = L.load(u + 52 * step)
    let t103 = L.load(u + 60 * step)
    let t104 = t97 + t98
    let t105 = t97 - t98
    let t106 = t99 + t100
    let t107 = t99 - t100
    let t108 = t101 + t102
    let t109 = t101 - t102
    let t110 = -t96
    let t111 = t104.times(32.0 / 45, plus: t110)
    let t112 = t108.times(1.0 / 90, plus: t111)
    let t113 = t106.times(-2.0 / 9, plus: t112)
    let t114 = t105.times(16.0 / 45)
    let t115 = t109.times(1.0 / 45, plus: t114)
    let t116 = t107.times(-2.0 / 9, plus: t115)
    let t117 = t104.times(8.0 / 45, plus: t103)
    let t118 = t108.times(2.0 / 45, plus: t117)
    let t119 = t106.times(-2.0 / 9, plus: t118)
    let t120 = L.load(u + 5 * step)
    let t121 = L.load(u + 13 * step)
    let t122 = L.load(u + 21 * step)
    let t123 = L.load(u + 29 * step)
    let t124 = L.load(u + 37 * step)
    let t125 = L.load(u + 45 * step)
    let t126 = L.load(u + 53 * step)
    let t127 = L.load(u + 61 * step)
    let t128 = t121 + t122
    let t129 = t121 - t122
    let t130 = t123 + t124
    let t131 = t123 - t124
    let t132 = t125 + t126
    let t133 = t125 - t126
    let t134 = -t120
    let t135 = t128.times(32.0 / 45, plus: t134)
    let t136 = t132.times(1.0 / 90, plus: t135)
    let t137 = t130.times(-2.0 / 9, plus: t136)
    let t138 = t129.times(16.0 / 45)
    let t139 = t133.times(1.0 / 45, plus: t138)
    let t140 = t131.times(-2.0 / 9, plus: t139)
    let t141 = t128.times(8.0 / 45, plus: t127)
    let t142 = t132.times(2.0 / 45, plus: t141)
    let t143 = t130.times(-2.0 / 9, plus: t142)
    let t144 = L.load(u + 6 * step)
    let t145 = L.load(u + 14 * step)
    let t146 = L.load(u + 22 * step)
    let t147 = L.load(u + 30 * step)
    let t148 = L.load(u + 38 * step)
    let t149 = L.load(u + 46 * step)
    let t150 = L.load(u + 54 * step)
    let t151 = L.load(u + 62 * step)
    let t152 = t145 + t146
    let t153 = t145 - t146
    let t154 = t147 + t148
    let t155 = t147 - t148
    let t156 = t149 + t150
    let t157 = t149 - t150
    let t158 = -t144
    let t159 = t152.times(32.0 / 45, plus: t158)
    let t160 = t156.times(1.0 / 90, plus: t159)
    let t161 = t154.times(-2.0 / 9, plus: t160)
    let t162 = t153.times(16.0 / 45)
    let t163 = t157.times(1.0 / 45, plus: t162)
    let t164 = t155.times(-2.0 / 9, plus: t163)
    let t165 = t152.times(8.0 / 45, plus: t151)
    let t166 = t156.times(2.0 / 45, plus: t165)
    let t167 = t154.times(-2.0 / 9, plus: t166)
    let t168 = L.load(u + 7 * step)
    let t169 = L.load(u + 15 * step)
    let t170 = L.load(u + 23 * step)
    let t171 = L.load(u + 31 * step)
    let t172 = L.load(u + 39 * step)
    let t173 = L.load(u + 47 * step)
    let t174 = L.load(u + 55 * step)
    let t175 = L.load(u + 63 * step)
    let t176 = t169 + t170
    let t177 = t169 - t170
    let t178 = t171 + t172
    let t179 = t171 - t172
    let t180 = t173 + t174
    let t181 = t173 - t174
    let t182 = -t168
    let t183 = t176.times(32.0 / 45, plus: t182)
    let t184 = t180.times(1.0 / 90, plus: t183)
    let t185 = t178.times(-2.0 / 9, plus: t184)
    let t186 = t177.times(16.0 / 45)
    let t187 = t181.times(1.0 / 45, plus: t186)
    let t188 = t179.times(-2.0 / 9, plus: t187)
    let t189 = t176.times(8.0 / 45, plus: t175)
    let t190 = t180.times(2.0 / 45, plus: t189)
    let t191 = t178.times(-2.0 / 9, plus: t190)
    let t192 = t41 + t65
    let t193 = t41 - t65
    let t194 = t89 + t113
    let t195 = t89 - t113
    let t196 = t137 + t161
    let t197 = t137 - t161
    let t198 = -t17
    let t199 = t192.times(32.0 / 45, plus: t198)
    let t200 = t196.times(1.0 / 90, plus: t199)
    let t201 = t194.times(-2.0 / 9, plus: t200)
    let t202 = t193.times(16.0 / 45)
    let t203 = t197.times(1.0 / 45, plus: t202)
    let t204 = t195.times(-2.0 / 9, plus: t203)
    let t205 = t192.times(8.0 / 45, plus: t185)
    let t206 = t196.times(2.0 / 45, plus: t205)
    let t207 = t194.times(-2.0 / 9, plus: t206)
    g[0] = t201
    g[1] = t204
    g[2] = t207
    let t208 = t44 + t68
    let t209 = t44 - t68
    let t210 = t92 + t116
    let t211 = t92 - t116
    let t212 = t140 + t164
    let t213 = t140 - t164
    let t214 = -t20
    let t215 = t208.times(32.0 / 45, plus: t214)
    let t216 = t212.times(1.0 / 90, plus: t215)
    let t217 = t210.times(-2.0 / 9, plus: t216)
    let t218 = t209.times(16.0 / 45)
    let t219 = t213.times(1.0 / 45, plus: t218)
    let t220 = t211.times(-2.0 / 9, plus: t219)
    let t221 = t208.times(8.0 / 45, plus: t188)
    let t222 = t212.times(2.0 / 45, plus: t221)
    let t223 = t210.times(-2.0 / 9, plus: t222)
    g[3] = t217
    g[4] = t220
    g[5] = t223
    let t224 = t47 + t71
    let t225 = t47 - t71
    let t226 = t95 + t119
    let t227 = t95 - t119
    let t228 = t143 + t167
    let t229 = t143 - t167
    let t230 = -t23
    let t231 = t224.times(32.0 / 45, plus: t230)
    let t232 = t228.times(1.0 / 90, plus: t231)
    let t233 = t226.times(-2.0 / 9, plus: t232)
    let t234 = t225.times(16.0 / 45)
    let t235 = t229.times(1.0 / 45, plus: t234)
    let t236 = t227.times(-2.0 / 9, plus: t235)
    let t237 = t224.times(8.0 / 45, plus: t191)
    let t238 = t228.times(2.0 / 45, plus: t237)
    let t239 = t226.times(-2.0 / 9, plus: t238)
    g[6] = t233
    g[7] = t236
    g[8] = t239
  }

  /// 2×2 outputs of 3×3 taps, stride 2: g = Gᵀ u G, the adjoint of `weight`
  @inline(__always)
  static func stridedWeightAdjoint2<L: Lane>(_: L.Type, _ u: Source, step: Int, into g: UnsafeMutablePointer<L>) {
    let t0 = L.load(u + 0 * step)
    let t1 = L.load(u + 4 * step)
    let t2 = L.load(u + 8 * step)
    let t3 = L.load(u + 12 * step)
    let t4 = t0 - t1
    let t5 = t1 + t2
    let t6 = L.load(u + 1 * step)
    let t7 = L.load(u + 5 * step)
    let t8 = L.load(u + 9 * step)
    let t9 = L.load(u + 13 * step)
    let t10 = t6 - t7
    let t11 = t7 + t8
    let t12 = L.load(u + 2 * step)
    let t13 = L.load(u + 6 * step)
    let t14 = L.load(u + 10 * step)
    let t15 = L.load(u + 14 * step)
    let t16 = t12 - t13
    let t17 = t13 + t14
    let t18 = L.load(u + 3 * step)
    let t19 = L.load(u + 7 * step)
    let t20 = L.load(u + 11 * step)
    let t21 = L.load(u + 15 * step)
    let t22 = t18 - t19
    let t23 = t19 + t20
    let t24 = t4 - t10
    let t25 = t10 + t16
    g[0] = t24
    g[1] = t22
    g[2] = t25
    let t26 = t3 - t9
    let t27 = t9 + t15
    g[3] = t26
    g[4] = t21
    g[5] = t27
    let t28 = t5 - t11
    let t29 = t11 + t17
    g[6] = t28
    g[7] = t23
    g[8] = t29
  }

  /// 3×3 outputs of 3×3 taps, stride 2: g = Gᵀ u G, the adjoint of `weight`
  @inline(__always)
  static func stridedWeightAdjoint3<L: Lane>(_: L.Type, _ u: Source, step: Int, into g: UnsafeMutablePointer<L>) {
    let t0 = L.load(u + 0 * step)
    let t1 = L.load(u + 5 * step)
    let t2 = L.load(u + 10 * step)
    let t3 = L.load(u + 15 * step)
    let t4 = L.load(u + 20 * step)
    let t5 = t1 + t2
    let t6 = t1 - t2
    let t7 = -t0
    let t8 = t5.times(0.5, plus: t7)
    let t9 = t6.times(0.5, plus: t3)
    let t10 = L.load(u + 1 * step)
    let t11 = L.load(u + 6 * step)
    let t12 = L.load(u + 11 * step)
    let t13 = L.load(u + 16 * step)
    let t14 = L.load(u + 21 * step)
    let t15 = t11 + t12
    let t16 = t11 - t12
    let t17 = -t10
    let t18 = t15.times(0.5, plus: t17)
    let t19 = t16.times(0.5, plus: t13)
    let t20 = L.load(u + 2 * step)
    let t21 = L.load(u + 7 * step)
    let t22 = L.load(u + 12 * step)
    let t23 = L.load(u + 17 * step)
    let t24 = L.load(u + 22 * step)
    let t25 = t21 + t22
    let t26 = t21 - t22
    let t27 = -t20
    let t28 = t25.times(0.5, plus: t27)
    let t29 = t26.times(0.5, plus: t23)
    let t30 = L.load(u + 3 * step)
    let t31 = L.load(u + 8 * step)
    let t32 = L.load(u + 13 * step)
    let t33 = L.load(u + 18 * step)
    let t34 = L.load(u + 23 * step)
    let t35 = t31 + t32
    let t36 = t31 - t32
    let t37 = -t30
    let t38 = t35.times(0.5, plus: t37)
    let t39 = t36.times(0.5, plus: t33)
    let t40 = L.load(u + 4 * step)
    let t41 = L.load(u + 9 * step)
    let t42 = L.load(u + 14 * step)
    let t43 = L.load(u + 19 * step)
    let t44 = L.load(u + 24 * step)
    let t45 = t41 + t42
    let t46 = t41 - t42
    let t47 = -t40
    let t48 = t45.times(0.5, plus: t47)
    let t49 = t46.times(0.5, plus: t43)
    let t50 = t18 + t28
    let t51 = t18 - t28
    let t52 = -t8
    let t53 = t50.times(0.5, plus: t52)
    let t54 = t51.times(0.5, plus: t38)
    g[0] = t53
    g[1] = t48
    g[2] = t54
    let t55 = t14 + t24
    let t56 = t14 - t24
    let t57 = -t4
    let t58 = t55.times(0.5, plus: t57)
    let t59 = t56.times(0.5, plus: t34)
    g[3] = t58
    g[4] = t44
    g[5] = t59
    let t60 = t19 + t29
    let t61 = t19 - t29
    let t62 = -t9
    let t63 = t60.times(0.5, plus: t62)
    let t64 = t61.times(0.5, plus: t39)
    g[6] = t63
    g[7] = t49
    g[8] = t64
  }

  /// 4×4 outputs of 3×3 taps, stride 2: g = Gᵀ u G, the adjoint of `weight`
  @inline(__always)
  static func stridedWeightAdjoint4<L: Lane>(_: L.Type, _ u: Source, step: Int, into g: UnsafeMutablePointer<L>) {
    let t0 = L.load(u + 0 * step)
    let t1 = L.load(u + 6 * step)
    let t2 = L.load(u + 12 * step)
    let t3 = L.load(u + 18 * step)
    let t4 = L.load(u + 24 * step)
    let t5 = L.load(u + 30 * step)
    let t6 = t0 + t1
    let t7 = t0 - t1
    let t8 = t2 + t3
    let t9 = t2 - t3
    let t10 = t9.times(1.0 / 6)
    let t11 = t7.times(-0.5, plus: t10)
    let t12 = t8.times(0.25, plus: t4)
    let t13 = t6.times(-0.25, plus: t12)
    let t14 = L.load(u + 1 * step)
    let t15 = L.load(u + 7 * step)
    let t16 = L.load(u + 13 * step)
    let t17 = L.load(u + 19 * step)
    let t18 = L.load(u + 25 * step)
    let t19 = L.load(u + 31 * step)
    let t20 = t14 + t15
    let t21 = t14 - t15
    let t22 = t16 + t17
    let t23 = t16 - t17
    let t24 = t23.times(1.0 / 6)
    let t25 = t21.times(-0.5, plus: t24)
    let t26 = t22.times(0.25, plus: t18)
    let t27 = t20.times(-0.25, plus: t26)
    let t28 = L.load(u + 2 * step)
    let t29 = L.load(u + 8 * step)
    let t30 = L.load(u + 14 * step)
    let t31 = L.load(u + 20 * step)
    let t32 = L.load(u + 26 * step)
    let t33 = L.load(u + 32 * step)
    let t34 = t28 + t29
    let t35 = t28 - t29
    let t36 = t30 + t31
    let t37 = t30 - t31
    let t38 = t37.times(1.0 / 6)
    let t39 = t35.times(-0.5, plus: t38)
    let t40 = t36.times(0.25, plus: t32)
    let t41 = t34.times(-0.25, plus: t40)
    let t42 = L.load(u + 3 * step)
    let t43 = L.load(u + 9 * step)
    let t44 = L.load(u + 15 * step)
    let t45 = L.load(u + 21 * step)
    let t46 = L.load(u + 27 * step)
    let t47 = L.load(u + 33 * step)
    let t48 = t42 + t43
    let t49 = t42 - t43
    let t50 = t44 + t45
    let t51 = t44 - t45
    let t52 = t51.times(1.0 / 6)
    let t53 = t49.times(-0.5, plus: t52)
    let t54 = t50.times(0.25, plus: t46)
    let t55 = t48.times(-0.25, plus: t54)
    let t56 = L.load(u + 4 * step)
    let t57 = L.load(u + 10 * step)
    let t58 = L.load(u + 16 * step)
    let t59 = L.load(u + 22 * step)
    let t60 = L.load(u + 28 * step)
    let t61 = L.load(u + 34 * step)
    let t62 = t56 + t57
    let t63 = t56 - t57
    let t64 = t58 + t59
    let t65 = t58 - t59
    let t66 = t65.times(1.0 / 6)
    let t67 = t63.times(-0.5, plus: t66)
    let t68 = t64.times(0.25, plus: t60)
    let t69 = t62.times(-0.25, plus: t68)
    let t70 = L.load(u + 5 * step)
    let t71 = L.load(u + 11 * step)
    let t72 = L.load(u + 17 * step)
    let t73 = L.load(u + 23 * step)
    let t74 = L.load(u + 29 * step)
    let t75 = L.load(u + 35 * step)
    let t76 = t70 + t71
    let t77 = t70 - t71
    let t78 = t72 + t73
    let t79 = t72 - t73
    let t80 = t79.times(1.0 / 6)
    let t81 = t77.times(-0.5, plus: t80)
    let t82 = t78.times(0.25, plus: t74)
    let t83 = t76.times(-0.25, plus: t82)
    let t84 = t11 + t25
    let t85 = t11 - t25
    let t86 = t39 + t53
    let t87 = t39 - t53
    let t88 = t87.times(1.0 / 6)
    let t89 = t85.times(-0.5, plus: t88)
    let t90 = t86.times(0.25, plus: t67)
    let t91 = t84.times(-0.25, plus: t90)
    g[0] = t89
    g[1] = t81
    g[2] = t91
    let t92 = t5 + t19
    let t93 = t5 - t19
    let t94 = t33 + t47
    let t95 = t33 - t47
    let t96 = t95.times(1.0 / 6)
    let t97 = t93.times(-0.5, plus: t96)
    let t98 = t94.times(0.25, plus: t61)
    let t99 = t92.times(-0.25, plus: t98)
    g[3] = t97
    g[4] = t75
    g[5] = t99
    let t100 = t13 + t27
    let t101 = t13 - t27
    let t102 = t41 + t55
    let t103 = t41 - t55
    let t104 = t103.times(1.0 / 6)
    let t105 = t101.times(-0.5, plus: t104)
    let t106 = t102.times(0.25, plus: t69)
    let t107 = t100.times(-0.25, plus: t106)
    g[6] = t105
    g[7] = t83
    g[8] = t107
  }

  /// 4×4 outputs of 4×4 taps: g = Gᵀ u G, the adjoint of `weight`
  @inline(__always)
  static func fourTapWeightAdjoint4<L: Lane>(_: L.Type, _ u: Source, step: Int, into g: UnsafeMutablePointer<L>) {
    let t0 = L.load(u + 0 * step)
    let t1 = L.load(u + 7 * step)
    let t2 = L.load(u + 14 * step)
    let t3 = L.load(u + 21 * step)
    let t4 = L.load(u + 28 * step)
    let t5 = L.load(u + 35 * step)
    let t6 = L.load(u + 42 * step)
    let t7 = t0 + t1
    let t8 = t0 - t1
    let t9 = t2 + t3
    let t10 = t2 - t3
    let t11 = t4 + t5
    let t12 = t4 - t5
    let t13 = t8.times(8192.0 / 12825)
    let t14 = t12.times(1024.0 / 72675, plus: t13)
    let t15 = t10.times(-1024.0 / 4725, plus: t14)
    let t16 = t7.times(2048.0 / 12825)
    let t17 = t11.times(128.0 / 4275, plus: t16)
    let t18 = t9.times(-128.0 / 675, plus: t17)
    let t19 = t8.times(512.0 / 12825)
    let t20 = t12.times(272.0 / 4275, plus: t19)
    let t21 = t10.times(-112.0 / 675, plus: t20)
    let t22 = t7.times(128.0 / 12825, plus: t6)
    let t23 = t11.times(578.0 / 4275, plus: t22)
    let t24 = t9.times(-98.0 / 675, plus: t23)
    let t25 = L.load(u + 1 * step)
    let t26 = L.load(u + 8 * step)
    let t27 = L.load(u + 15 * step)
    let t28 = L.load(u + 22 * step)
    let t29 = L.load(u + 29 * step)
    let t30 = L.load(u + 36 * step)
    let t31 = L.load(u + 43 * step)
    let t32 = t25 + t26
    let t33 = t25 - t26
    let t34 = t27 + t28
    let t35 = t27 - t28
    let t36 = t29 + t30
    let t37 = t29 - t30
    let t38 = t33.times(8192.0 / 12825)
    let t39 = t37.times(1024.0 / 72675, plus: t38)
    let t40 = t35.times(-1024.0 / 4725, plus: t39)
    let t41 = t32.times(2048.0 / 12825)
    let t42 = t36.times(128.0 / 4275, plus: t41)
    let t43 = t34.times(-128.0 / 675, plus: t42)
    let t44 = t33.times(512.0 / 12825)
    let t45 = t37.times(272.0 / 4275, plus: t44)
    let t46 = t35.times(-112.0 / 675, plus: t45)
    let t47 = t32.times(128.0 / 12825, plus: t31)
    let t48 = t36.times(578.0 / 4275, plus: t47)
    let t49 = t34.times(-98.0 / 675, plus: t48)
    let t50 = L.load(u + 2 * step)
    let t51 = L.load(u + 9 * step)
    let t52 = L.load(u + 16 * step)
    let t53 = L.load(u + 23 * step)
    let t54 = L.load(u + 30 * step)
    let t55 = L.load(u + 37 * step)
    let t56 = L.load(u + 44 * step)
    let t57 = t50 + t51
    let t58 = t50 - t51
    let t59 = t52 + t53
    let t60 = t52 - t53
    let t61 = t54 + t55
    let t62 = t54 - t55
    let t63 = t58.times(8192.0 / 12825)
    let t64 = t62.times(1024.0 / 72675, plus: t63)
    let t65 = t60.times(-1024.0 / 4725, plus: t64)
    let t66 = t57.times(2048.0 / 12825)
    let t67 = t61.times(128.0 / 4275, plus: t66)
    let t68 = t59.times(-128.0 / 675, plus: t67)
    let t69 = t58.times(512.0 / 12825)
    let t70 = t62.times(272.0 / 4275, plus: t69)
    let t71 = t60.times(-112.0 / 675, plus: t70)
    let t72 = t57.times(128.0 / 12825, plus: t56)
    let t73 = t61.times(578.0 / 4275, plus: t72)
    let t74 = t59.times(-98.0 / 675, plus: t73)
    let t75 = L.load(u + 3 * step)
    let t76 = L.load(u + 10 * step)
    let t77 = L.load(u + 17 * step)
    let t78 = L.load(u + 24 * step)
    let t79 = L.load(u + 31 * step)
    let t80 = L.load(u + 38 * step)
    let t81 = L.load(u + 45 * step)
    let t82 = t75 + t76
    let t83 = t75 - t76
    let t84 = t77 + t78
    let t85 = t77 - t78
    let t86 = t79 + t80
    let t87 = t79 - t80
    let t88 = t83.times(8192.0 / 12825)
    let t89 = t87.times(1024.0 / 72675, plus: t88)
    let t90 = t85.times(-1024.0 / 4725, plus: t89)
    let t91 = t82.times(2048.0 / 12825)
    let t92 = t86.times(128.0 / 4275, plus: t91)
    let t93 = t84.times(-128.0 / 675, plus: t92)
    let t94 = t83.times(512.0 / 12825)
    let t95 = t87.times(272.0 / 4275, plus: t94)
    let t96 = t85.times(-112.0 / 675, plus: t95)
    let t97 = t82.times(128.0 / 12825, plus: t81)
    let t98 = t86.times(578.0 / 4275, plus: t97)
    let t99 = t84.times(-98.0 / 675, plus: t98)
    let t100 = L.load(u + 4 * step)
    let t101 = L.load(u + 11 * step)
    let t102 = L.load(u + 18 * step)
    let t103 = L.load(u + 25 * step)
    let t104 = L.load(u + 32 * step)
    let t105 = L.load(u + 39 * step)
    let t106 = L.load(u + 46 * step)
    let t107 = t100 + t101
    let t108 = t100 - t101
    let t109 = t102 + t103
    let t110 = t102 - t103
    let t111 = t104 + t105
    let t112 = t104 - t105
    let t113 = t108.times(8192.0 / 12825)
    let t114 = t112.times(1024.0 / 72675, plus: t113)
    let t115 = t110.times(-1024.0 / 4725, plus: t114)
    let t116 = t107.times(2048.0 / 12825)
    let t117 = t111.times(128.0 / 4275, plus: t116)
    let t118 = t109.times(-128.0 / 675, plus: t117)
    let t119 = t108.times(512.0 / 12825)
    let t120 = t112.times(272.0 / 4275, plus: t119)
    let t121 = t110.times(-112.0 / 675, plus: t120)
    let t122 = t107.times(128.0 / 12825, plus: t106)
    let t123 = t111.times(578.0 / 4275, plus: t122)
    let t124 = t109.times(-98.0 / 675, plus: t123)
    let t125 = L.load(u + 5 * step)
    let t126 = L.load(u + 12 * step)
    let t127 = L.load(u + 19 * step)
    let t128 = L.load(u + 26 * step)
    let t129 = L.load(u + 33 * step)
    let t130 = L.load(u + 40 * step)
    let t131 = L.load(u + 47 * step)
    let t132 = t125 + t126
    let t133 = t125 - t126
    let t134 = t127 + t128
    let t135 = t127 - t128
    let t136 = t129 + t130
    let t137 = t129 - t130
    let t138 = t133.times(8192.0 / 12825)
    let t139 = t137.times(1024.0 / 72675, plus: t138)
    let t140 = t135.times(-1024.0 / 4725, plus: t139)
    let t141 = t132.times(2048.0 / 12825)
    let t142 = t136.times(128.0 / 4275, plus: t141)
    let t143 = t134.times(-128.0 / 675, plus: t142)
    let t144 = t133.times(512.0 / 12825)
    let t145 = t137.times(272.0 / 4275, plus: t144)
    let t146 = t135.times(-112.0 / 675, plus: t145)
    let t147 = t132.times(128.0 / 12825, plus: t131)
    let t148 = t136.times(578.0 / 4275, plus: t147)
    let t149 = t134.times(-98.0 / 675, plus: t148)
    let t150 = L.load(u + 6 * step)
    let t151 = L.load(u + 13 * step)
    let t152 = L.load(u + 20 * step)
    let t153 = L.load(u + 27 * step)
    let t154 = L.load(u + 34 * step)
    let t155 = L.load(u + 41 * step)
    let t156 = L.load(u + 48 * step)
    let t157 = t150 + t151
    let t158 = t150 - t151
    let t159 = t152 + t153
    let t160 = t152 - t153
    let t161 = t154 + t155
    let t162 = t154 - t155
    let t163 = t158.times(8192.0 / 12825)
    let t164 = t162.times(1024.0 / 72675, plus: t163)
    let t165 = t160.times(-1024.0 / 4725, plus: t164)
    let t166 = t157.times(2048.0 / 12825)
    let t167 = t161.times(128.0 / 4275, plus: t166)
    let t168 = t159.times(-128.0 / 675, plus: t167)
    let t169 = t158.times(512.0 / 12825)
    let t170 = t162.times(272.0 / 4275, plus: t169)
    let t171 = t160.times(-112.0 / 675, plus: t170)
    let t172 = t157.times(128.0 / 12825, plus: t156)
    let t173 = t161.times(578.0 / 4275, plus: t172)
    let t174 = t159.times(-98.0 / 675, plus: t173)
    let t175 = t15 + t40
    let t176 = t15 - t40
    let t177 = t65 + t90
    let t178 = t65 - t90
    let t179 = t115 + t140
    let t180 = t115 - t140
    let t181 = t176.times(8192.0 / 12825)
    let t182 = t180.times(1024.0 / 72675, plus: t181)
    let t183 = t178.times(-1024.0 / 4725, plus: t182)
    let t184 = t175.times(2048.0 / 12825)
    let t185 = t179.times(128.0 / 4275, plus: t184)
    let t186 = t177.times(-128.0 / 675, plus: t185)
    let t187 = t176.times(512.0 / 12825)
    let t188 = t180.times(272.0 / 4275, plus: t187)
    let t189 = t178.times(-112.0 / 675, plus: t188)
    let t190 = t175.times(128.0 / 12825, plus: t165)
    let t191 = t179.times(578.0 / 4275, plus: t190)
    let t192 = t177.times(-98.0 / 675, plus: t191)
    g[0] = t183
    g[1] = t186
    g[2] = t189
    g[3] = t192
    let t193 = t18 + t43
    let t194 = t18 - t43
    let t195 = t68 + t93
    let t196 = t68 - t93
    let t197 = t118 + t143
    let t198 = t118 - t143
    let t199 = t194.times(8192.0 / 12825)
    let t200 = t198.times(1024.0 / 72675, plus: t199)
    let t201 = t196.times(-1024.0 / 4725, plus: t200)
    let t202 = t193.times(2048.0 / 12825)
    let t203 = t197.times(128.0 / 4275, plus: t202)
    let t204 = t195.times(-128.0 / 675, plus: t203)
    let t205 = t194.times(512.0 / 12825)
    let t206 = t198.times(272.0 / 4275, plus: t205)
    let t207 = t196.times(-112.0 / 675, plus: t206)
    let t208 = t193.times(128.0 / 12825, plus: t168)
    let t209 = t197.times(578.0 / 4275, plus: t208)
    let t210 = t195.times(-98.0 / 675, plus: t209)
    g[4] = t201
    g[5] = t204
    g[6] = t207
    g[7] = t210
    let t211 = t21 + t46
    let t212 = t21 - t46
    let t213 = t71 + t96
    let t214 = t71 - t96
    let t215 = t121 + t146
    let t216 = t121 - t146
    let t217 = t212.times(8192.0 / 12825)
    let t218 = t216.times(1024.0 / 72675, plus: t217)
    let t219 = t214.times(-1024.0 / 4725, plus: t218)
    let t220 = t211.times(2048.0 / 12825)
    let t221 = t215.times(128.0 / 4275, plus: t220)
    let t222 = t213.times(-128.0 / 675, plus: t221)
    let t223 = t212.times(512.0 / 12825)
    let t224 = t216.times(272.0 / 4275, plus: t223)
    let t225 = t214.times(-112.0 / 675, plus: t224)
    let t226 = t211.times(128.0 / 12825, plus: t171)
    let t227 = t215.times(578.0 / 4275, plus: t226)
    let t228 = t213.times(-98.0 / 675, plus: t227)
    g[8] = t219
    g[9] = t222
    g[10] = t225
    g[11] = t228
    let t229 = t24 + t49
    let t230 = t24 - t49
    let t231 = t74 + t99
    let t232 = t74 - t99
    let t233 = t124 + t149
    let t234 = t124 - t149
    let t235 = t230.times(8192.0 / 12825)
    let t236 = t234.times(1024.0 / 72675, plus: t235)
    let t237 = t232.times(-1024.0 / 4725, plus: t236)
    let t238 = t229.times(2048.0 / 12825)
    let t239 = t233.times(128.0 / 4275, plus: t238)
    let t240 = t231.times(-128.0 / 675, plus: t239)
    let t241 = t230.times(512.0 / 12825)
    let t242 = t234.times(272.0 / 4275, plus: t241)
    let t243 = t232.times(-112.0 / 675, plus: t242)
    let t244 = t229.times(128.0 / 12825, plus: t174)
    let t245 = t233.times(578.0 / 4275, plus: t244)
    let t246 = t231.times(-98.0 / 675, plus: t245)
    g[12] = t237
    g[13] = t240
    g[14] = t243
    g[15] = t246
  }

  /// 1×1 outputs of 3×3 taps within a border of zeros: g = Gᵀ u G, the adjoint of `weight`
  @inline(__always)
  static func borderedWeightAdjoint1<L: Lane>(_: L.Type, _ u: Source, step: Int, into g: UnsafeMutablePointer<L>) {
    let t0 = L.load(u + 0 * step)
    let t1 = L.zero
    let t2 = L.zero
    let t3 = L.zero
    let t4 = L.zero
    g[0] = t3
    g[1] = t1
    g[2] = t4
    let t5 = L.zero
    let t6 = L.zero
    g[3] = t5
    g[4] = t0
    g[5] = t6
    let t7 = L.zero
    let t8 = L.zero
    g[6] = t7
    g[7] = t2
    g[8] = t8
  }

  /// 2×2 outputs of 3×3 taps within a border of zeros: g = Gᵀ u G, the adjoint of `weight`
  @inline(__always)
  static func borderedWeightAdjoint2<L: Lane>(_: L.Type, _ u: Source, step: Int, into g: UnsafeMutablePointer<L>) {
    let t0 = L.load(u + 0 * step)
    let t1 = L.load(u + 3 * step)
    let t2 = L.load(u + 6 * step)
    let t3 = t0 + t1
    let t4 = t3 + t2
    let t5 = L.load(u + 1 * step)
    let t6 = L.load(u + 4 * step)
    let t7 = L.load(u + 7 * step)
    let t8 = t5 + t6
    let t9 = t8 + t7
    let t10 = L.load(u + 2 * step)
    let t11 = L.load(u + 5 * step)
    let t12 = L.load(u + 8 * step)
    let t13 = t10 + t11
    let t14 = t13 + t12
    let t15 = t0 + t5
    let t16 = t15 + t10
    g[0] = t0
    g[1] = t16
    g[2] = t10
    let t17 = t4 + t9
    let t18 = t17 + t14
    g[3] = t4
    g[4] = t18
    g[5] = t14
    let t19 = t2 + t7
    let t20 = t19 + t12
    g[6] = t2
    g[7] = t20
    g[8] = t12
  }

  /// 3×3 outputs of 3×3 taps within a border of zeros: g = Gᵀ u G, the adjoint of `weight`
  @inline(__always)
  static func borderedWeightAdjoint3<L: Lane>(_: L.Type, _ u: Source, step: Int, into g: UnsafeMutablePointer<L>) {
    let t0 = L.load(u + 0 * step)
    let t1 = L.load(u + 4 * step)
    let t2 = L.load(u + 8 * step)
    let t3 = L.load(u + 12 * step)
    let t4 = t0.times(1.0 / 6)
    let t5 = t1.times(-1.0 / 6, plus: t4)
    let t6 = t2.times(0.5)
    let t7 = t3.times(-0.5, plus: t6)
    let t8 = t5 + t7
    let t9 = t5 - t7
    let t10 = t0.times(0.25)
    let t11 = t1.times(0.25, plus: t10)
    let t12 = t2.times(-0.25, plus: t11)
    let t13 = t3.times(-0.25, plus: t12)
    let t14 = L.load(u + 1 * step)
    let t15 = L.load(u + 5 * step)
    let t16 = L.load(u + 9 * step)
    let t17 = L.load(u + 13 * step)
    let t18 = t14.times(1.0 / 6)
    let t19 = t15.times(-1.0 / 6, plus: t18)
    let t20 = t16.times(0.5)
    let t21 = t17.times(-0.5, plus: t20)
    let t22 = t19 + t21
    let t23 = t19 - t21
    let t24 = t14.times(0.25)
    let t25 = t15.times(0.25, plus: t24)
    let t26 = t16.times(-0.25, plus: t25)
    let t27 = t17.times(-0.25, plus: t26)
    let t28 = L.load(u + 2 * step)
    let t29 = L.load(u + 6 * step)
    let t30 = L.load(u + 10 * step)
    let t31 = L.load(u + 14 * step)
    let t32 = t28.times(1.0 / 6)
    let t33 = t29.times(-1.0 / 6, plus: t32)
    let t34 = t30.times(0.5)
    let t35 = t31.times(-0.5, plus: t34)
    let t36 = t33 + t35
    let t37 = t33 - t35
    let t38 = t28.times(0.25)
    let t39 = t29.times(0.25, plus: t38)
    let t40 = t30.times(-0.25, plus: t39)
    let t41 = t31.times(-0.25, plus: t40)
    let t42 = L.load(u + 3 * step)
    let t43 = L.load(u + 7 * step)
    let t44 = L.load(u + 11 * step)
    let t45 = L.load(u + 15 * step)
    let t46 = t42.times(1.0 / 6)
    let t47 = t43.times(-1.0 / 6, plus: t46)
    let t48 = t44.times(0.5)
    let t49 = t45.times(-0.5, plus: t48)
    let t50 = t47 + t49
    let t51 = t47 - t49
    let t52 = t42.times(0.25)
    let t53 = t43.times(0.25, plus: t52)
    let t54 = t44.times(-0.25, plus: t53)
    let t55 = t45.times(-0.25, plus: t54)
    let t56 = t8.times(1.0 / 6)
    let t57 = t22.times(-1.0 / 6, plus: t56)
    let t58 = t36.times(0.5)
    let t59 = t50.times(-0.5, plus: t58)
    let t60 = t57 + t59
    let t61 = t57 - t59
    let t62 = t8.times(0.25)
    let t63 = t22.times(0.25, plus: t62)
    let t64 = t36.times(-0.25, plus: t63)
    let t65 = t50.times(-0.25, plus: t64)
    g[0] = t60
    g[1] = t65
    g[2] = t61
    let t66 = t13.times(1.0 / 6)
    let t67 = t27.times(-1.0 / 6, plus: t66)
    let t68 = t41.times(0.5)
    let t69 = t55.times(-0.5, plus: t68)
    let t70 = t67 + t69
    let t71 = t67 - t69
    let t72 = t13.times(0.25)
    let t73 = t27.times(0.25, plus: t72)
    let t74 = t41.times(-0.25, plus: t73)
    let t75 = t55.times(-0.25, plus: t74)
    g[3] = t70
    g[4] = t75
    g[5] = t71
    let t76 = t9.times(1.0 / 6)
    let t77 = t23.times(-1.0 / 6, plus: t76)
    let t78 = t37.times(0.5)
    let t79 = t51.times(-0.5, plus: t78)
    let t80 = t77 + t79
    let t81 = t77 - t79
    let t82 = t9.times(0.25)
    let t83 = t23.times(0.25, plus: t82)
    let t84 = t37.times(-0.25, plus: t83)
    let t85 = t51.times(-0.25, plus: t84)
    g[6] = t80
    g[7] = t85
    g[8] = t81
  }

  /// `input` of a tile.
  @inline(__always)
  static func input<L: Lane>(_: L.Type, _ tile: WinogradTile, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    switch (tile.window, tile.m) {
    case (.three, 2): input2(L.self, pixels, c, into: v, step: step)
    case (.three, 3): input3(L.self, pixels, c, into: v, step: step)
    case (.three, 4): input4(L.self, pixels, c, into: v, step: step)
    case (.three, 6): input6(L.self, pixels, c, into: v, step: step)
    case (.strided, 2): stridedInput2(L.self, pixels, c, into: v, step: step)
    case (.strided, 3): stridedInput3(L.self, pixels, c, into: v, step: step)
    case (.strided, 4): stridedInput4(L.self, pixels, c, into: v, step: step)
    case (.four, 4): fourTapInput4(L.self, pixels, c, into: v, step: step)
    case (.bordered, 1): borderedInput1(L.self, pixels, c, into: v, step: step)
    case (.bordered, 2): borderedInput2(L.self, pixels, c, into: v, step: step)
    default: borderedInput3(L.self, pixels, c, into: v, step: step)
    }
  }

  /// `cotangent` of a tile.
  @inline(__always)
  static func cotangent<L: Lane>(_: L.Type, _ tile: WinogradTile, _ pixels: UnsafePointer<Source>, _ c: Int, into v: Destination, step: Int) {
    switch (tile.window, tile.m) {
    case (.three, 2): cotangent2(L.self, pixels, c, into: v, step: step)
    case (.three, 3): cotangent3(L.self, pixels, c, into: v, step: step)
    case (.three, 4): cotangent4(L.self, pixels, c, into: v, step: step)
    case (.three, 6): cotangent6(L.self, pixels, c, into: v, step: step)
    case (.strided, 2): stridedCotangent2(L.self, pixels, c, into: v, step: step)
    case (.strided, 3): stridedCotangent3(L.self, pixels, c, into: v, step: step)
    case (.strided, 4): stridedCotangent4(L.self, pixels, c, into: v, step: step)
    case (.four, 4): fourTapCotangent4(L.self, pixels, c, into: v, step: step)
    case (.bordered, 1): borderedCotangent1(L.self, pixels, c, into: v, step: step)
    case (.bordered, 2): borderedCotangent2(L.self, pixels, c, into: v, step: step)
    default: borderedCotangent3(L.self, pixels, c, into: v, step: step)
    }
  }

  /// `inputAdjoint` of a tile.
  @inline(__always)
  static func inputAdjoint<L: Lane>(_: L.Type, _ tile: WinogradTile, _ m: Source, step: Int, _ c: Int, addingTo pixels: UnsafePointer<Destination>) {
    switch (tile.window, tile.m) {
    case (.strided, 2): stridedInputAdjoint2(L.self, m, step: step, c, addingTo: pixels)
    case (.strided, 3): stridedInputAdjoint3(L.self, m, step: step, c, addingTo: pixels)
    default: stridedInputAdjoint4(L.self, m, step: step, c, addingTo: pixels)
    }
  }

  /// `output` of a tile.
  @inline(__always)
  static func output<L: Lane>(_: L.Type, _ tile: WinogradTile, _ m: Source, step: Int, _ c: Int, into pixels: UnsafePointer<Destination>) {
    switch (tile.window, tile.m) {
    case (.three, 2): output2(L.self, m, step: step, c, into: pixels)
    case (.three, 3): output3(L.self, m, step: step, c, into: pixels)
    case (.three, 4): output4(L.self, m, step: step, c, into: pixels)
    case (.three, 6): output6(L.self, m, step: step, c, into: pixels)
    case (.strided, 2): stridedOutput2(L.self, m, step: step, c, into: pixels)
    case (.strided, 3): stridedOutput3(L.self, m, step: step, c, into: pixels)
    case (.strided, 4): stridedOutput4(L.self, m, step: step, c, into: pixels)
    case (.four, 4): fourTapOutput4(L.self, m, step: step, c, into: pixels)
    case (.bordered, 1): borderedOutput1(L.self, m, step: step, c, into: pixels)
    case (.bordered, 2): borderedOutput2(L.self, m, step: step, c, into: pixels)
    default: borderedOutput3(L.self, m, step: step, c, into: pixels)
    }
  }

  /// `weight` of a tile.
  @inline(__always)
  static func weight<L: Lane>(_: L.Type, _ tile: WinogradTile, _ g: UnsafePointer<L>, into u: Destination, step: Int) {
    switch (tile.window, tile.m) {
    case (.three, 2): weight2(L.self, g, into: u, step: step)
    case (.three, 3): weight3(L.self, g, into: u, step: step)
    case (.three, 4): weight4(L.self, g, into: u, step: step)
    case (.three, 6): weight6(L.self, g, into: u, step: step)
    case (.strided, 2): stridedWeight2(L.self, g, into: u, step: step)
    case (.strided, 3): stridedWeight3(L.self, g, into: u, step: step)
    case (.strided, 4): stridedWeight4(L.self, g, into: u, step: step)
    case (.four, 4): fourTapWeight4(L.self, g, into: u, step: step)
    case (.bordered, 1): borderedWeight1(L.self, g, into: u, step: step)
    case (.bordered, 2): borderedWeight2(L.self, g, into: u, step: step)
    default: borderedWeight3(L.self, g, into: u, step: step)
    }
  }

  /// `weightAdjoint` of a tile.
  @inline(__always)
  static func weightAdjoint<L: Lane>(_: L.Type, _ tile: WinogradTile, _ u: Source, step: Int, into g: UnsafeMutablePointer<L>) {
    switch (tile.window, tile.m) {
    case (.three, 2): weightAdjoint2(L.self, u, step: step, into: g)
    case (.three, 3): weightAdjoint3(L.self, u, step: step, into: g)
    case (.three, 4): weightAdjoint4(L.self, u, step: step, into: g)
    case (.three, 6): weightAdjoint6(L.self, u, step: step, into: g)
    case (.strided, 2): stridedWeightAdjoint2(L.self, u, step: step, into: g)
    case (.strided, 3): stridedWeightAdjoint3(L.self, u, step: step, into: g)
    case (.strided, 4): stridedWeightAdjoint4(L.self, u, step: step, into: g)
    case (.four, 4): fourTapWeightAdjoint4(L.self, u, step: step, into: g)
    case (.bordered, 1): borderedWeightAdjoint1(L.self, u, step: step, into: g)
    case (.bordered, 2): borderedWeightAdjoint2(L.self, u, step: step, into: g)
    default: borderedWeightAdjoint3(L.self, u, step: step, into: g)
    }
  }
}
