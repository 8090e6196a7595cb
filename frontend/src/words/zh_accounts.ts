// 人员与账号页面的文字。

export const zhAccounts = {
  account: {
    title: "人员与账号",
    lead: "每人一个账号：记录里的每个动作都写着是谁做的。停用的账号不会删除，记录里仍能认出此人。",
    new: "添加人员",
    change: "更改 {{who}}",
    renew: "新密码",
    active: "可登录",
    ended: "已停用",
    everything: "全部",
    password: "{{who}} 的密码：",
    once: "只显示这一次。请当面交给本人，首次登录时须改为自己的密码。",
    own: "更改自己的密码",
    old: "原密码",
    fresh: "新密码（至少 {{n}} 个字符）；更改后用它重新登录",
    first: "新装好的站，先做这些：",
    steps: {
      registrar: "添加一名登记员；由其登录“登记”，登记从业单位、公安机关和场所，或用命令 jiejing registry import 导入表格。",
      people: "添加值机员、班长，以及公安接警员和检查员。",
      sites: "登记员在场所的“账号”处写下面板的账号、巡检间隔和密钥。",
      panel: "面板接到 DC-09 端口（默认 10500）并用该账号报来，报警就会出现在值机台。",
    },
    fields: { username: "用户名", display_name: "姓名", roles: "岗位", scope: "范围", state: "状态", acts: "操作", provider: "只看这一从业单位", bureau: "只看这一公安机关（留空为全部）" },
    hints: {
      username: "字母、数字和 . _ -，最多 64 个",
      display_name: "真实姓名，最多 100 字",
      roles: "至少选一个岗位",
      password: "填写原密码，新密码至少 {{n}} 个字符",
    },
  },
};
